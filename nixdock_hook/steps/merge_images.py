"""Step `merge-images`: several images as one docker-archive.

Output: the file. Equal images become one with the names of both. Of different images with one name the last keeps
it, as when `docker load` reads them in turn; the others stay, without that name. So a name means one image, whether
a reader takes the first that has it (skopeo) or the last (docker).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from ..bases.base import open_base
from ..documents.fields import ExactFields
from ..errors import InvalidInput
from ..images.base_recipe import base_layers, base_sources
from ..images.recipe import read_recipe
from ..layers.base_layers import LayerReader
from ..oci.reference import Reference
from ..sinks.compressed import LayerCompression, checked_layer_compression
from ..sinks.docker_archive import ArchiveCompressor, NamedImage, archive_file, checked_compressor
from ..sinks.oci_archive import write_archives
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class OurImage:
    """tag: None = the recipe's own."""

    recipe: str
    tag: str | None


@dataclass(frozen=True, slots=True)
class Archive:
    """Images of others (`bases.base`), all taken with their names."""

    path: str


@dataclass(frozen=True, slots=True)
class Spec:
    """compressor, layer_compression: as in the step `archive`.

    architecture: GOARCH, which image of one for several platforms.
    """

    compressor: ArchiveCompressor
    layer_compression: LayerCompression
    architecture: str
    images: tuple[OurImage | Archive, ...]

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            compressor=fields.converted("compressor", checked_compressor, "none"),
            layer_compression=fields.converted("layerCompression", checked_layer_compression, "none"),
            architecture=fields.text("architecture"),
            images=tuple(map(_image, fields.inners("images"))),
        )


def _image(fields: ExactFields) -> OurImage | Archive:
    if fields.has("archive"):
        return Archive(fields.text("archive"))
    return OurImage(fields.text("recipe"), fields.optional_text("tag"))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    images = distinct([image for source in spec.images for image in _read(source, spec.architecture)])
    with archive_file(out, spec.compressor) as file:
        write_archives(images, file, spec.layer_compression)


def distinct(images: Sequence[NamedImage]) -> list[NamedImage]:
    """Keep equal images once, where the first of them is, and every name at one image only, the last that has it."""
    keepers = {_familiar(name): image.config for image in images for name in image.repo_tags}
    names: dict[bytes, dict[str, None]] = {image.config: {} for image in images}
    for image in images:
        kept = (name for name in image.repo_tags if keepers[_familiar(name)] == image.config)
        names[image.config].update(dict.fromkeys(kept))
    by_config = {image.config: image for image in images}
    return [replace(by_config[config], repo_tags=tuple(kept)) for config, kept in names.items()]


def _familiar(repo_tag: str) -> Reference:
    return Reference.split(repo_tag).familiar()


def _read(source: OurImage | Archive, architecture: str) -> Iterator[NamedImage]:
    if isinstance(source, Archive):
        yield from _of_others(source.path, architecture)
        return
    recipe = read_recipe(source.recipe)
    tag = source.tag or recipe.tag
    if tag is None:
        raise InvalidInput("a recipe without a tag", source.recipe, "give the image, not its recipe, to mergeImages")
    yield NamedImage.of(recipe, f"{recipe.name}:{tag}")


def _of_others(path: str, architecture: str) -> Iterator[NamedImage]:
    with open_base(path) as base:
        reader = LayerReader(base.files)
        for image in base.reader.images(architecture):
            layers = base_layers(image.config, reader.read(image), base_sources(image, base.files))
            yield NamedImage(image.config_bytes, layers, image.repo_tags)
