"""What is sent to a registry: bytes in memory or in a file, of known size, that can be sent again from anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

PIECE = 1 << 17
"""Bytes that are sent, and told of, at once: few enough for malloc to have them ready (compression.memory)."""


class Content(Protocol):
    """Bytes to be sent."""

    @property
    def size(self) -> int: ...

    def read(self, start: int, count: int) -> bytes | memoryview:
        """Return bytes from `start` on, which are there: at most `count`, and none where a file got shorter."""


@dataclass(frozen=True, slots=True)
class InMemory:
    data: bytes | memoryview

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, start: int, count: int) -> bytes | memoryview:
        return memoryview(self.data)[start : start + count]


@dataclass(frozen=True, slots=True)
class InPieces:
    """Pieces in memory, one behind the other: to join them would copy them."""

    data: Sequence[bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.data))

    def read(self, start: int, count: int) -> bytes | memoryview:
        for piece in self.data:
            if start < len(piece):
                return memoryview(piece)[start : start + count]
            start -= len(piece)
        return b""


@dataclass(frozen=True, slots=True)
class InFile:
    """The first `size` bytes of an open file."""

    file: BinaryIO
    size: int

    def read(self, start: int, count: int) -> bytes | memoryview:
        return os.pread(self.file.fileno(), count, start)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from the middle of other content."""

    whole: Content
    begin: int
    size: int

    def read(self, start: int, count: int) -> bytes | memoryview:
        return self.whole.read(self.begin + start, count)


def pieces(content: Content) -> Iterator[bytes | memoryview]:
    """Yield all of it. Raises OSError where a file got shorter."""
    start = 0
    while start < content.size:
        piece = content.read(start, min(PIECE, content.size - start))
        if not piece:
            raise OSError("what is sent got shorter meanwhile")
        yield piece
        start += len(piece)
