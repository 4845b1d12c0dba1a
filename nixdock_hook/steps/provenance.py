"""Step `provenance`: how an image was made (see `insight.sbom.provenance`).

Spec: recipe, tag, derivation (the recipe's .drv: it and what it needs is read), nixVersion (that evaluated it).
Output: the predicate, a JSON file.
"""

from __future__ import annotations

from ..images.recipe import read_recipe
from ..insight.sbom.derivations import read_derivations
from ..insight.sbom.provenance import Build, provenance
from ..outputs import named_file
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    path = f"{spec['recipe']}/image.json"
    with open(path, "rb") as file:
        text = file.read()
    build = Build(read_recipe(path), path, text, spec["tag"], spec["derivation"], spec["nixVersion"])
    with named_file(attributes.out) as file:
        file.write(provenance(build, read_derivations([spec["derivation"]])))
