"""Step `sbom`: the bill of materials of an image that is built.

Graphs: `closure` of the recipe and of the trees that were copied to `/`, `wanted` of all that the image had to hold.
Output: the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..images.recipe import read_recipe
from ..insight.sbom.described import described_recipe
from ..insight.sbom.formats import FORMATS
from ..insight.sbom.known import Known
from ..outputs import named_file
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    """format: one of FORMATS. tag: the image's, None where it has none."""

    recipe: str
    tag: str | None
    format: str
    known: Known

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        kind = fields.word("format", tuple(FORMATS))
        return cls(fields.text("recipe"), fields.optional_text("tag"), kind, Known.take(fields))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    infos, wanted = ({info.path: info for info in graphs.get(name, ())} for name in ("closure", "wanted"))
    image = described_recipe(read_recipe(spec.recipe), spec.tag, infos, wanted, spec.known.copied)
    document = FORMATS[spec.format].write(spec.known.bill(image))
    with named_file(out) as file:
        file.write(document)
