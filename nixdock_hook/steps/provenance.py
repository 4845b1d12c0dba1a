"""Step `provenance`: how an image was made (see `insight.sbom.provenance`).

Output: the predicate, a JSON file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..images.recipe import read_recipe
from ..insight.sbom.derivations import read_derivations
from ..insight.sbom.provenance import Build, provenance
from ..outputs import named_file
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    """derivation: the recipe's .drv; it and what it needs is read. nix_version: of the Nix that evaluated it."""

    recipe: str
    tag: str | None
    derivation: str
    nix_version: str

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        tag = fields.optional_text("tag")
        return cls(fields.text("recipe"), tag, fields.text("derivation"), fields.text("nixVersion"))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    path = f"{spec.recipe}/image.json"
    with open(path, "rb") as file:
        text = file.read()
    build = Build(read_recipe(path), path, text, spec.tag, spec.derivation, spec.nix_version)
    predicate = provenance(build, read_derivations([spec.derivation]))
    with named_file(out) as file:
        file.write(predicate)
