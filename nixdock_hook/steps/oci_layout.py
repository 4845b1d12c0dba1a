"""Step `oci-layout`: a recipe, or an index of several, as an OCI image layout with compressed layers.

Output: the directory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..images.index import read_image, tell_lost_by_podman
from ..messages import warn
from ..sinks.compressed import LAYER_COMPRESSIONS, LayerCompression
from ..sinks.oci_layout import write_oci_layout
from .attributes import Graphs, tag_of


@dataclass(frozen=True, slots=True)
class Spec:
    """tag: None = the hash part of the output's store path. compression: of layers."""

    recipe: str
    tag: str | None
    compression: LayerCompression

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(fields.text("recipe"), fields.optional_text("tag"), fields.word("compression", LAYER_COMPRESSIONS))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    image = read_image(spec.recipe)
    tell_lost_by_podman(image, warn)
    write_oci_layout(image, f"{image.name}:{tag_of(spec.tag, out)}", out, spec.compression)
