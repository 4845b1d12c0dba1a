"""The bytes of any layer, whatever it is made of, checked on their way against the digest they should have."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import BinaryIO

from ..bases.decompress import open_decompressed
from ..bases.files import TarFiles, open_tar
from ..errors import StoreChanged
from ..oci.digest import CHUNK
from .buffers import Block
from .hashing import DigestingWriter, Hashed
from .source import ArchiveSource, BlobSource, Source, StoreSource, TarSource
from .tar import write_layer


class LayerContents:
    """Writes layers as uncompressed tars, in several threads at once if need be; get one from `layer_contents`.

    A base image's archive is opened once.
    """

    def __init__(self, open_until_the_end: ExitStack) -> None:
        self._stack = open_until_the_end
        self._archives: dict[str, TarFiles] = {}
        self._opening = Lock()

    def write(self, source: Source, expected: Hashed, write: Callable[[Block], object]) -> None:
        """Give the tar of a layer to `write`, piece by piece; a piece has to be used up when `write` returns.

        Never more bytes than were expected: whoever asked has said so already, in a header or a descriptor.
        Raises StoreChanged, after the last piece, where they are not the (diff ID, size) that was expected.
        """

        def write_expected(block: Block) -> None:
            if writer.size > expected[1]:
                what = "the layer is now larger, its recipe says {} ({} bytes)".format(*expected)
                raise StoreChanged(what, *about)
            write(block)

        about = _places(source), "nix-store --verify --check-contents --repair"
        with DigestingWriter(write_expected) as writer:
            self._copy(source, writer)
        found = writer.digest, writer.size
        if found != expected:
            what = "the layer is now {} ({} bytes), its recipe says {} ({} bytes)".format(*found, *expected)
            raise StoreChanged(what, *about)

    def _copy(self, source: Source, writer: DigestingWriter) -> None:
        match source:
            case StoreSource():
                write_layer(source, writer.write)
            case TarSource(path=path):
                with _open_file(path) as file:
                    shutil.copyfileobj(file, writer, CHUNK)
            case ArchiveSource(path, member):
                archive = self._archive(path)
                with open_decompressed(archive.open(member), archive.where(member)) as file:
                    shutil.copyfileobj(file, writer, CHUNK)
            case BlobSource(path):
                with open_decompressed(_open_file(path), path) as file:
                    shutil.copyfileobj(file, writer, CHUNK)

    def _archive(self, path: str) -> TarFiles:
        with self._opening:
            if path not in self._archives:
                self._archives[path] = self._stack.enter_context(open_tar(path))
            return self._archives[path]


@contextmanager
def layer_contents() -> Iterator[LayerContents]:
    """Give a LayerContents, and close what it opened at the end."""
    with ExitStack() as stack:
        yield LayerContents(stack)


def _open_file(path: str) -> BinaryIO:
    try:
        return open(path, "rb")
    except FileNotFoundError as error:
        raise StoreChanged("a layer's tar is missing", path, "build the image again") from error


def _places(source: Source) -> str:
    match source:
        case StoreSource():
            return ", ".join([*source.paths, *source.root])
        case _:
            return source.path
