"""Parts of a blob: HTTP's Range header (RFC 9110, 14.2), and the writer that lets only a part pass."""

from __future__ import annotations

import re

from ..layers.buffers import Block
from ..sinks.blobs import Write

# No blob has a size of more digits; Python refuses to read thousands of them as a number.
_RANGE = re.compile(r"bytes=(\d{0,99})-(\d{0,99})", re.ASCII)


class Unsatisfiable(Exception):
    """A range that begins behind the end."""


def parse_range(header: str | None, size: int) -> range | None:
    """The positions that a Range header asks for; None = all: there is none, or one that may be ignored.

    Other units and multiple ranges are ignored. Raises Unsatisfiable.
    """
    parsed = _RANGE.fullmatch(header.strip()) if header else None
    if parsed is None or parsed[0] == "bytes=-":
        return None
    first, last = parsed[1], parsed[2]
    if not first:
        found = range(max(0, size - int(last)), size)
    elif last and int(last) < int(first):
        return None
    else:
        found = range(int(first), min(int(last) + 1 if last else size, size))
    if not found:
        raise Unsatisfiable
    return found


class PartWriter:
    """Passes the bytes at certain positions on. The piece with the last of them waits for `finish`.

    So whoever reads can never have all of a blob that turned out, at its end, to be another one.
    """

    def __init__(self, write: Write, part: range) -> None:
        self._write = write
        self._part = part
        self._position = 0
        self._last: Block = b""

    def write(self, piece: Block) -> None:
        start, end = self._position, self._position + len(piece)
        self._position = end
        inside = piece[max(0, self._part.start - start) : max(0, self._part.stop - start)]
        if not inside:
            return
        if end < self._part.stop:
            self._write(inside)
        else:
            self._last = bytes(inside)

    def finish(self) -> None:
        """Pass the last piece on: everything is as it should be."""
        if self._last:
            self._write(self._last)
