"""Step `archive`: a recipe as a docker-archive file. Output: the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..images.recipe import read_recipe
from ..sinks.docker_archive import NamedImage, archive_file, write_docker_archive
from .attributes import Graphs, tag_of


@dataclass(frozen=True, slots=True)
class Spec:
    """tag: None = the hash part of the output's store path. compressor: one of `sinks.docker_archive.COMPRESSORS`."""

    recipe: str
    tag: str | None
    compressor: str

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(fields.text("recipe"), fields.optional_text("tag"), fields.text("compressor"))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    recipe = read_recipe(spec.recipe)
    with archive_file(out, spec.compressor) as file:
        write_docker_archive([NamedImage.of(recipe, f"{recipe.name}:{tag_of(spec.tag, out)}")], file)
