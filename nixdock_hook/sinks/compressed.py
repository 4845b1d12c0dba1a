"""Layers in the form in which registries and OCI layouts keep them: compressed, with the digest of that."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from errno import EDQUOT, EFBIG, ENOSPC
from functools import partial
from typing import Protocol

from ..errors import NixdockError
from ..images.index import Image, recipes_of
from ..layers.buffers import Block
from ..layers.compress import FAST, Compressor, gzip_writer, zlib_writer, zstd_writer
from ..layers.content import LayerContents
from ..layers.source import Layer
from ..oci.digest import sha256
from ..oci.model import LAYER_GZIP, LAYER_ZSTD, Descriptor
from ..outputs import unnamed_file
from .blobs import FileBlob

COMPRESSIONS: dict[str, tuple[str, Callable[..., Compressor]]] = {
    "gzip": (LAYER_GZIP, partial(gzip_writer, level=FAST)),
    "zlib": (LAYER_GZIP, partial(zlib_writer, level=FAST)),
    "zstd": (LAYER_ZSTD, zstd_writer),
}
"""Of a layer: its media type, and what makes it. "zlib": gzip as one member, as `zlib_writer` makes it."""


class Closable(Protocol):
    """An open file, or what has one."""

    def close(self) -> None: ...


def uncompressed_layers(image: Image) -> dict[str, Layer]:
    """Return the layers, by diff ID, whose compressed form is ours to make; an image from a registry brings its own."""
    return {layer.diff_id: layer for recipe in recipes_of(image) if not recipe.verbatim for layer in recipe.layers}


def compress_layer(
    layer: Layer,
    contents: LayerContents,
    compression: str,
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


class CompressedLayers:
    """Compresses each layer once, into a temporary file without a name: a manifest needs the digest beforehand."""

    def __init__(
        self,
        contents: LayerContents,
        compression: str,
        open_until_the_end: ExitStack,
        progress: Callable[[int], object] = bool,
    ) -> None:
        self._contents = contents
        self._progress = progress
        self._compression = compression
        self._stack = open_until_the_end
        self._blobs: dict[str, FileBlob] = {}

    def blob(self, layer: Layer) -> FileBlob:
        """Return the layer's compressed form."""
        if layer.diff_id not in self._blobs:
            file = self._stack.enter_context(unnamed_file())
            with room_for(file):
                descriptor = compress_layer(layer, self._contents, self._compression, file.write, self._progress)
                file.flush()
            self._blobs[layer.diff_id] = FileBlob(descriptor, file)
        return self._blobs[layer.diff_id]


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
