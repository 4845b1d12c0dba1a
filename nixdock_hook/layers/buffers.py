"""The buffers that a layer's bytes are gathered in, and files read straight into them."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import cycle

from ..errors import StoreChanged
from .headers import BLOCK

Block = memoryview | bytes
Write = Callable[[Block], object]

LENT = 2
"""How many buffers take turns, so that the consumer may still work on some of them in other threads."""

# Smaller ones cost 7-20 %, since each is handed over to another thread; larger ones leave the processor's cache.
_FULL = 1 << 20
# Room for a small file behind an almost full buffer, so that one read is enough for it.
_ROOM = _FULL + (1 << 16)
_ZEROS = bytes(BLOCK)
_REPAIR = "leave the store alone while images are made; `nix-store --verify --check-contents --repair` mends it"


class Buffers:
    """Gathers headers and file contents in blocks of about 1 MiB for `write`.

    Blocks are lent: one is overwritten when `LENT` calls of `write`, counted from its own, have returned.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._ring = cycle([memoryview(bytearray(_ROOM + BLOCK)) for _ in range(LENT)])
        self._buffer = next(self._ring)
        self._used = 0
        self._written = 0

    def append(self, data: bytes) -> None:
        """Append a header, or whatever else there is in memory."""
        if self._used >= _FULL or self._used + len(data) > _ROOM:
            self.flush()
        if len(data) > _ROOM:
            self._write(data)
            self._written += len(data)
            return
        end = self._used + len(data)
        self._buffer[self._used : end] = data
        self._used = end

    def append_file(self, header: bytes, fd: int, size: int, path: bytes) -> None:
        """Append a header and the whole file of `size` bytes that `fd` stands at the beginning of.

        Raises StoreChanged, naming `path`, where the file has fewer bytes, or more.
        """
        self.append(header)
        start, end = self._used, self._used + size
        if end >= _ROOM:
            self.append_content(fd, size, path, whole=True)
            return
        # One byte more than there should be is asked for: that it does not come proves the end without another call.
        if os.readv(fd, (self._buffer[start : end + 1],)) != size:
            raise changed(path, f"is no longer {size} bytes long")
        self._used = end + (-size % BLOCK)
        self._buffer[end : self._used] = _ZEROS[: -size % BLOCK]

    def append_content(self, fd: int, size: int, path: bytes, whole: bool) -> None:
        """Append `size` bytes from where `fd` stands, padded; `whole`: the file must end there."""
        probe = 1 if whole else 0
        left = size + probe
        while left:
            if self._used == _ROOM:
                self.flush()
            view = self._buffer[self._used : min(self._used + left, _ROOM)]
            count = os.readv(fd, (view,))
            self._used += count
            left -= count
            if count < len(view):
                break
        if left != probe:
            raise changed(path, f"is no longer {size} bytes long")
        padding = -size % BLOCK
        end = self._used + padding
        self._buffer[self._used : end] = _ZEROS[:padding]
        self._used = end

    def flush(self) -> int:
        """Hand over what is there; returns how many bytes there were from the beginning."""
        if self._used:
            self._write(self._buffer[: self._used])
            self._written += self._used
            self._buffer, self._used = next(self._ring), 0
        return self._written


def changed(path: bytes, what: str) -> StoreChanged:
    """The error for a path that is not, or no longer, what the store promises."""
    return StoreChanged(f"{os.fsdecode(path)} {what}", "", _REPAIR)


def unreadable(path: bytes, error: OSError) -> StoreChanged:
    """The error for a path that is not there, or cannot be read."""
    return changed(path, f"cannot be read ({error.strerror})")
