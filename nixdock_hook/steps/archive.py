"""Step `archive`: a recipe as a docker-archive file.

Spec: recipe, tag (null: the hash part of the output's store path), compressor ("none", "gz", "zstd").
Output: the file.
"""

from __future__ import annotations

from ..images.recipe import read_recipe
from ..sinks.docker_archive import NamedImage, archive_file, write_docker_archive
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    recipe = read_recipe(attributes.spec["recipe"])
    with archive_file(attributes.out, attributes.spec["compressor"]) as file:
        write_docker_archive([NamedImage.of(recipe, f"{recipe.name}:{attributes.tag()}")], file)
