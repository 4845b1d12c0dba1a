"""Layers in the form in which registries and OCI layouts keep them: compressed, with the digest of that."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from errno import EDQUOT, EFBIG, ENOSPC
from functools import partial
from threading import Lock
from typing import Literal, Protocol, get_args
from weakref import finalize

from ..compression.compress import FAST, Compressor, gzip_writer, zlib_writer, zstd_writer
from ..errors import InvalidInput, NixdockError, shown
from ..images.index import Image, recipes_of
from ..layers.buffers import Block
from ..layers.content import LayerContents
from ..layers.source import BlobSource, Layer
from ..oci.digest import sha256
from ..oci.model import LAYER_GZIP, LAYER_ZSTD, Descriptor
from ..outputs import unnamed_file
from .blobs import FileBlob, StoredBlob
from .served_image import ServedImage, served_image

LayerCompression = Literal["none", "gzip", "zstd", "zlib"]
"""Of each layer for itself; "none" leaves it as its diff ID has it, "zlib" is gzip as one member."""
LAYER_COMPRESSIONS: tuple[LayerCompression, ...] = get_args(LayerCompression)

COMPRESSIONS: dict[LayerCompression, tuple[str, Callable[..., Compressor]]] = {
    "gzip": (LAYER_GZIP, partial(gzip_writer, level=FAST)),
    "zstd": (LAYER_ZSTD, zstd_writer),
    "zlib": (LAYER_GZIP, partial(zlib_writer, level=FAST)),
}
"""Of a compressed layer: its media type, and what makes it."""


class Closable(Protocol):
    """An open file, or what has one."""

    def close(self) -> None: ...


def checked_layer_compression(given: object) -> LayerCompression:
    """Return the `layerCompression` that a user gave in Nix. Raises InvalidInput for another word."""
    for word in LAYER_COMPRESSIONS:
        if given == word:
            return word
    raise InvalidInput(shown(given), "layerCompression", f"use one of {', '.join(LAYER_COMPRESSIONS)}")


def uncompressed_layers(image: Image) -> dict[str, Layer]:
    """Return the layers, by diff ID, whose compressed form is ours to make; an image from a registry brings its own."""
    return {layer.diff_id: layer for recipe in recipes_of(image) if not recipe.verbatim for layer in recipe.layers}


def compress_layer(
    layer: Layer,
    contents: LayerContents,
    compression: LayerCompression,
    write: Callable[[bytes], object],
    progress: Callable[[int], object] = bool,
    threads: int | None = None,
) -> Descriptor:
    """Write a layer compressed; returns what was written. Errors as in `LayerContents.write`.

    progress: told how many more bytes of the layer are done. threads: as in `gzip_writer`; the bytes are the same.
    """
    media_type, compressor = COMPRESSIONS[compression]
    digest, size = sha256(), 0

    def count(data: bytes) -> None:
        nonlocal size
        digest.update(data)
        size += len(data)
        write(data)

    def compress(data: Block) -> None:
        stream.write(data)
        progress(len(data))

    with compressor(count, threads=threads) as stream:
        contents.write(layer.source, (layer.diff_id, layer.size), compress)
    return Descriptor(media_type, f"sha256:{digest.hexdigest()}", size)


def served_with(layers: CompressedLayers | None, image: Image, repo_tag: str, contents: LayerContents) -> ServedImage:
    """Describe an image whose layers are compressed, now, or with None as they are; else as `served_image`."""
    if layers is None:
        return served_image(image, repo_tag, contents)
    blobs = {diff_id: layers.blob(layer) for diff_id, layer in uncompressed_layers(image).items()}
    forms = {diff_id: blob.descriptor for diff_id, blob in blobs.items()}
    return served_image(image, repo_tag, contents, forms, blobs.values())


class CompressedLayers:
    """Makes the compressed form of layers, each once; several threads may ask.

    Each lies in a temporary file without a name: a manifest needs the digest beforehand. A layer that another registry
    keeps compressed in the same way stays as it is there: whoever has it knows it by that digest.
    held: those that are made, by diff ID; a WeakValueDictionary forgets, with its file, what nobody else holds.
    """

    def __init__(
        self,
        contents: LayerContents,
        compression: LayerCompression,
        progress: Callable[[int], object] = bool,
        held: MutableMapping[str, FileBlob] | None = None,
    ) -> None:
        self._contents = contents
        self._progress = progress
        self._compression = compression
        self._held = {} if held is None else held
        self._making = Lock()

    def blob(self, layer: Layer) -> FileBlob | StoredBlob:
        """Return the layer's compressed form."""
        if stored := stored_blob(layer, self._compression):
            return stored
        with self._making:  # one after the other: each takes all processors
            blob = self._held.get(layer.diff_id)
            if blob is None:
                blob = compressed_blob(layer, self._contents, self._compression, self._progress)
                self._held[layer.diff_id] = blob
            return blob


def stored_blob(layer: Layer, compression: LayerCompression) -> StoredBlob | None:
    """Return the layer as another registry keeps it, if it does in this compression."""
    media_type, _ = COMPRESSIONS[compression]
    if not isinstance(layer.source, BlobSource) or layer.media_type != media_type:
        return None
    return StoredBlob(Descriptor(media_type, layer.source.digest, layer.source.size), layer.source.path)


def compressed_blob(
    layer: Layer, contents: LayerContents, compression: LayerCompression, progress: Callable[[int], object] = bool
) -> FileBlob:
    """Compress a layer into a temporary file, which goes with the blob. Errors as in `LayerContents.write`."""
    file = unnamed_file()
    try:
        with room_for(file):
            descriptor = compress_layer(layer, contents, compression, file.write, progress)
            file.flush()
    except BaseException:
        with suppress(OSError):  # of what it still had to write
            file.close()
        raise
    blob = FileBlob(descriptor, file)
    finalize(blob, file.close)
    return blob


@contextmanager
def room_for(file: Closable) -> Iterator[None]:
    """Name the full file system in the error, which closes the temporary file. Raises NixdockError."""
    try:
        yield
    except OSError as error:
        if error.errno not in (ENOSPC, EDQUOT, EFBIG):
            raise
        with suppress(OSError):  # it still has something to write
            file.close()
        remedy = "let TMPDIR name a directory with more room"
        raise NixdockError(os.strerror(error.errno), tempfile.gettempdir(), remedy) from error
