"""Step `archive`: a recipe as a docker-archive file.

Spec: recipe, tag (null: the hash part of the output's store path), compressor ("none", "gz", "zstd"),
    layerCompression ("none", "gzip", "zstd": not "none", it is an OCI layout too).
Output: the file.
"""

from __future__ import annotations

from ..images.recipe import read_recipe
from ..sinks.docker_archive import archive_file
from ..sinks.oci_archive import write_archive
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    recipe = read_recipe(attributes.spec["recipe"])
    with archive_file(attributes.out, attributes.spec["compressor"]) as file:
        write_archive(recipe, f"{recipe.name}:{attributes.tag()}", file, attributes.spec["layerCompression"])
