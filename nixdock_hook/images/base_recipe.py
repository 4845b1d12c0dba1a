"""Recipes of images that others made: their config as it is, their layers as they are kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import Protocol

from ..bases.base import BaseImage
from ..bases.blobs import BlobImage
from ..bases.files import NamedFiles, TarFiles
from ..inputs import open_file
from ..layers.base_layers import BaseLayers, read_base_layers
from ..layers.source import ArchiveSource, BlobSource, Layer, Source
from ..oci.model import ImageConfig
from ..oci.usable import LAYERS
from .recipe import Recipe, Verbatim, empty_history


class PlacedFiles(NamedFiles, Protocol):
    """Files that each have a path of their own."""

    def place(self, name: str, /) -> str: ...


def base_layers(config: ImageConfig, found: BaseLayers, sources: Iterable[Source]) -> tuple[Layer, ...]:
    """Return the layers with the history that each has. found: what `read_base_layers` says of them."""
    own_entries = [entry for entry in config.full_history() if not entry.empty_layer]
    return tuple(
        Layer(layer.diff_id, layer.size, layer.media_type, entry, source)
        for layer, entry, source in zip(found.layers, own_entries, sources, strict=True)
    )


def base_recipe(name: str, tag: str | None, image: BaseImage, files: TarFiles | PlacedFiles) -> Recipe:
    """Return the recipe of an image whose layers are kept in `files`. Raises what `read_base_layers` does.

    Every layer is read once, to check it and to know what it holds of the store; nothing is unpacked. Where manifest
    and layers are files, they stay what they are, and so do their digests.
    """
    found = read_base_layers(files, image)
    sources = base_sources(image, files)
    config = image.config
    return Recipe(
        name=name,
        tag=tag,
        platform=config.platform,
        created=config.created or "1970-01-01T00:00:01Z",
        config=dict(config.config),
        layers=base_layers(config, found, sources),
        empty_history=empty_history(config.full_history()),
        base_holds=found.holds,
        verbatim=_verbatim(image, files, found),
    )


def base_sources(image: BaseImage, files: TarFiles | PlacedFiles) -> list[Source]:
    """Return the layers of an image as members of their archive, or as files, verbatim."""
    if isinstance(files, TarFiles):
        return [ArchiveSource(files.path, member) for member in image.layers]
    if isinstance(image, BlobImage):
        blobs = zip(image.layers, image.manifest.layers, strict=True)
        return [BlobSource(files.place(name), blob.digest, blob.size) for name, blob in blobs]
    return [_blob(files.place(name)) for name in image.layers]


def _blob(path: str) -> BlobSource:
    """A file whose digest nobody has told."""
    with open_file(path) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return BlobSource(path, f"sha256:{digest}", os.path.getsize(path))


def _verbatim(image: BaseImage, files: TarFiles | PlacedFiles, found: BaseLayers) -> Verbatim | None:
    """The documents to keep; none with layers compressed in a way that not all runtimes know."""
    is_known = all(layer.media_type in LAYERS for layer in found.layers)
    if isinstance(files, TarFiles) or not isinstance(image, BlobImage) or not is_known:
        return None
    return Verbatim(image.manifest_text, image.config_bytes.decode())
