"""Step `sbom`: the bill of materials of an image (see `insight.sbom`).

Spec: format ("cyclonedx", "spdx"), packages (see `insight.sbom.package_meta`), copied [trees that are at `/`],
    derivation (a .drv: it and what it needs is read; null: none is), name and tag of the image, and
    of one that is built: recipe;
    of one that is not: place (the file's, in the image), root, dirlinks, config, base as in `new_image`.
Graph `closure`: of the recipe and `copied`, or of root and config.
Output: the document; where there is a place, a directory with the document at that place in it.
"""

from __future__ import annotations

import os

from ..images.recipe import read_recipe
from ..insight.sbom.build_facts import build_facts
from ..insight.sbom.components import bill_of
from ..insight.sbom.derivations import read_derivations
from ..insight.sbom.described import described_plan, described_recipe
from ..insight.sbom.formats import FORMATS
from ..insight.sbom.model import DescribedImage
from ..insight.sbom.package_meta import read_package_meta
from ..outputs import named_file
from ..store.closure import parse_structured
from .attributes import Attributes
from .closure import read_closure
from .new_image import read_config


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    facts = build_facts(read_derivations(spec["derivation"])) if spec["derivation"] else {}
    image = _plan(attributes) if "place" in spec else _built(attributes)
    bill = bill_of(image, read_package_meta(spec["packages"]), facts)
    file_name = attributes.out
    if "place" in spec:
        file_name = f"{attributes.out}/{spec['place']}"
        os.makedirs(os.path.dirname(file_name))
    with named_file(file_name) as file:
        file.write(FORMATS[spec["format"]].write(bill))


def _built(attributes: Attributes) -> DescribedImage:
    spec = attributes.spec
    infos = {info.path: info for info in parse_structured(attributes.graphs["closure"])}
    return described_recipe(read_recipe(spec["recipe"]), spec["tag"], infos, spec["copied"])


def _plan(attributes: Attributes) -> DescribedImage:
    spec = attributes.spec
    base = read_recipe(spec["base"]) if spec["base"] else None
    config = {**(base.config if base else {}), **read_config(spec["config"])}
    infos = read_closure(attributes).infos
    return described_plan(spec["name"], spec["tag"], config, infos, base, spec["copied"])
