"""Step `archive`: a recipe as a docker-archive file. Output: the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..images.index import tell_lost_by_podman
from ..images.recipe import read_recipe
from ..messages import warn
from ..sinks.compressed import LayerCompression, checked_layer_compression
from ..sinks.docker_archive import ArchiveCompressor, archive_file, checked_compressor
from ..sinks.oci_archive import write_archive
from .attributes import Graphs, tag_of


@dataclass(frozen=True, slots=True)
class Spec:
    """tag: None = the hash part of the output's store path. layer_compression: not "none": it is an OCI layout, too."""

    recipe: str
    tag: str | None
    compressor: ArchiveCompressor
    layer_compression: LayerCompression

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            recipe=fields.text("recipe"),
            tag=fields.optional_text("tag"),
            compressor=fields.converted("compressor", checked_compressor, "none"),
            layer_compression=fields.converted("layerCompression", checked_layer_compression, "none"),
        )


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    recipe = read_recipe(spec.recipe)
    if spec.layer_compression != "none":
        tell_lost_by_podman(recipe, warn)
    with archive_file(out, spec.compressor) as file:
        write_archive(recipe, f"{recipe.name}:{tag_of(spec.tag, out)}", file, spec.layer_compression)
