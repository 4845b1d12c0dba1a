"""Step `merge-images`: several images as one docker-archive.

Spec: compressor ("none", "gz", "zstd"), layerCompression ("none", "gzip", "zstd": not "none", it is an OCI layout too),
architecture (GOARCH, which image of one for several platforms), images, each one of
    {"recipe": PATH, "tag": TEXT or null}  an image of ours; null: the recipe's own tag,
    {"archive": PATH}                      images of others (`bases.base`), all taken with their names.
Output: the file. Equal images become one with the names of both. Of different images with one name the last keeps
it, as when `docker load` reads them in turn; the others stay, without that name. So a name means one image, whether
a reader takes the first that has it (skopeo) or the last (docker).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..bases.base import open_base
from ..bases.docker_archive import familiar_name
from ..errors import InvalidInput
from ..images.foreign import foreign_layers, foreign_sources
from ..images.recipe import read_recipe
from ..layers.base_layers import ParentReader
from ..sinks.docker_archive import NamedImage, archive_file
from ..sinks.oci_archive import write_archives
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    images = distinct([image for source in spec["images"] for image in _read(source, spec["architecture"])])
    with archive_file(attributes.out, spec["compressor"]) as file:
        write_archives(images, file, spec["layerCompression"])


def distinct(images: Sequence[NamedImage]) -> list[NamedImage]:
    """Keep equal images once, where the first of them is, and every name at one image only, the last that has it."""
    keepers = {familiar_name(name): image.config for image in images for name in image.repo_tags}
    names: dict[bytes, dict[str, None]] = {image.config: {} for image in images}
    for image in images:
        kept = (name for name in image.repo_tags if keepers[familiar_name(name)] == image.config)
        names[image.config].update(dict.fromkeys(kept))
    by_config = {image.config: image for image in images}
    return [replace(by_config[config], repo_tags=tuple(kept)) for config, kept in names.items()]


def _read(source: Mapping[str, Any], architecture: str) -> Iterator[NamedImage]:
    if "archive" in source:
        yield from _foreign(source["archive"], architecture)
        return
    recipe = read_recipe(source["recipe"])
    tag = source["tag"] or recipe.tag
    if tag is None:
        raise InvalidInput("a recipe without a tag", source["recipe"], "give the image, not its recipe, to mergeImages")
    yield NamedImage.of(recipe, f"{recipe.name}:{tag}")


def _foreign(path: str, architecture: str) -> Iterator[NamedImage]:
    with open_base(path) as base:
        reader = ParentReader(base.files)
        for image in base.reader.images(architecture):
            layers = foreign_layers(image.config, reader.read(image), foreign_sources(image, base.files))
            yield NamedImage(image.config_bytes, layers, image.repo_tags)
