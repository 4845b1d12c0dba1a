"""Step `sbom`: the bill of materials of an image (see `insight.sbom`).

Spec: format ("cyclonedx", "spdx"), packages (see `insight.sbom.package_meta`), name and tag of the image,
    copied [{tree, root}: a tree that is at `/`, and the root in a layer's source that has it],
    derivations [.drv files: they and what they need are read], and
    of an image that is built: recipe;
    of one that is not: place (the document's), root, dirlinks, config, base, owner, mtime as in `new_image`.
Graphs: of one that is built `closure` (of the recipe and `copied`) and `wanted` (of all that it was to hold);
    of one that is not `closure` (of root and config) and `base`.
Output: the document; where there is a place, an uncompressed tar with the document at it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..images.recipe import read_recipe
from ..insight.sbom.build_facts import build_facts
from ..insight.sbom.components import bill_of
from ..insight.sbom.derivations import read_derivations
from ..insight.sbom.described import described_plan, described_recipe
from ..insight.sbom.formats import FORMATS
from ..insight.sbom.model import DescribedImage
from ..insight.sbom.package_meta import read_package_meta
from ..layers.tar import write_tree
from ..oci.timestamp import seconds
from ..outputs import named_file
from ..store.closure import PathInfo, parse_structured
from ..trees.tree import Entry, Tree, entry_of, owner_from_json, parents
from .attributes import Attributes
from .closure import read_closure
from .new_image import read_config


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    facts = build_facts(read_derivations(spec["derivations"]))
    image = _plan(attributes) if "place" in spec else _built(attributes)
    document = FORMATS[spec["format"]].write(bill_of(image, read_package_meta(spec["packages"]), facts))
    with named_file(attributes.out) as file:
        if "place" in spec:
            owner, mtime = owner_from_json(spec["owner"]), seconds(spec["mtime"], "mtime")
            write_tree(_tree(document, spec["place"].encode()), owner, mtime, file.write)
        else:
            file.write(document)


def _tree(document: bytes, place: bytes) -> Tree:
    with named_file("document") as file:
        file.write(document)
    directories = dict.fromkeys(parents(place), Entry("directory", 0o755))
    return {**directories, place: replace(entry_of(b"document"), mode=0o644)}


def _built(attributes: Attributes) -> DescribedImage:
    spec = attributes.spec
    wanted = _infos(attributes, "wanted")
    return described_recipe(
        read_recipe(spec["recipe"]), spec["tag"], _infos(attributes, "closure"), wanted, _copied(spec)
    )


def _plan(attributes: Attributes) -> DescribedImage:
    spec = attributes.spec
    base = read_recipe(spec["base"]) if spec["base"] else None
    config = {**(base.config if base else {}), **read_config(spec["config"])}
    below = _infos(attributes, "base")
    own = read_closure(attributes).infos
    return described_plan(spec["name"], spec["tag"], config, own, base, below, _copied(spec))


def _infos(attributes: Attributes, graph: str) -> dict[str, PathInfo]:
    return {info.path: info for info in parse_structured(attributes.graphs.get(graph, []))}


def _copied(spec: dict[str, Any]) -> dict[str, str]:
    return {one["tree"]: one["root"] for one in spec["copied"]}
