"""Step `archive`: a recipe as a docker-archive file. Output: the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..images.recipe import read_recipe
from ..sinks.docker_archive import archive_file
from ..sinks.oci_archive import write_archive
from .attributes import Graphs, tag_of


@dataclass(frozen=True, slots=True)
class Spec:
    """tag: None = the hash part of the output's store path. compressor: one of `sinks.docker_archive.COMPRESSORS`.

    layer_compression: "none", "gzip" or "zstd"; where it is not "none", the file is an OCI layout too.
    """

    recipe: str
    tag: str | None
    compressor: str
    layer_compression: str

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            recipe=fields.text("recipe"),
            tag=fields.optional_text("tag"),
            compressor=fields.text("compressor"),
            layer_compression=fields.text("layerCompression"),
        )


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    recipe = read_recipe(spec.recipe)
    with archive_file(out, spec.compressor) as file:
        write_archive(recipe, f"{recipe.name}:{tag_of(spec.tag, out)}", file, spec.layer_compression)
