"""Blobs: bytes that are known by their digest, and made or read when somebody takes them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from ..errors import InvalidImage, StoreChanged
from ..layers.buffers import Block
from ..layers.content import LayerContents
from ..layers.source import Layer
from ..oci.digest import CHUNK, HashingReader, digest_of
from ..oci.model import LAYER_TAR, Descriptor

Write = Callable[[Block], object]


class Blob(Protocol):
    """What a registry hands out under a digest."""

    @property
    def descriptor(self) -> Descriptor: ...

    def write(self, write: Write) -> None:
        """Give all bytes to `write`, piece by piece; a piece has to be used up when `write` returns.

        Raises a NixdockError, maybe after the last piece, where they are not, or no longer, what the digest says.
        """


@dataclass(frozen=True, slots=True)
class Document:
    """A manifest, a config: bytes in memory."""

    media_type: str
    data: bytes
    descriptor: Descriptor = field(init=False)

    def __post_init__(self) -> None:
        descriptor = Descriptor(self.media_type, digest_of(self.data), len(self.data))
        object.__setattr__(self, "descriptor", descriptor)

    def write(self, write: Write) -> None:
        write(self.data)


@dataclass(frozen=True, slots=True)
class PlainLayer:
    """A layer as its uncompressed tar, made from the store while it is read; its digest is the diff ID.

    A base image's layer that lies compressed in its archive is decompressed on the way. To serve it as it lies there
    would mean to read all of it beforehand, for a digest that the recipe does not know.
    """

    layer: Layer
    contents: LayerContents

    @property
    def descriptor(self) -> Descriptor:
        return Descriptor(LAYER_TAR, self.layer.diff_id, self.layer.size)

    def write(self, write: Write) -> None:
        self.contents.write(self.layer.source, (self.layer.diff_id, self.layer.size), write)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class FileBlob:
    """A blob that was written to a file of our own; several threads may read it at once."""

    descriptor: Descriptor
    file: BinaryIO

    def write(self, write: Write) -> None:
        position = 0
        while position < self.descriptor.size:
            piece = os.pread(self.file.fileno(), min(CHUNK, self.descriptor.size - position), position)
            if not piece:
                raise InvalidImage("a compressed layer got shorter", "the temporary directory", "try again")
            write(piece)
            position += len(piece)


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob that is a file of the store, as another registry has it."""

    descriptor: Descriptor
    path: str

    def write(self, write: Write) -> None:
        with open(self.path, "rb") as file:
            hashing = HashingReader(file)
            while piece := hashing.read(min(CHUNK, self.descriptor.size + 1 - hashing.size)):
                if hashing.size > self.descriptor.size:
                    break
                write(piece)
        if hashing.digest != self.descriptor.digest or hashing.size != self.descriptor.size:
            what = f"the blob now has the digest {hashing.digest}, not {self.descriptor.digest}"
            raise StoreChanged(what, self.path, "nix-store --verify --check-contents --repair")
