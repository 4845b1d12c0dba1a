"""Text for people: sizes, tables whose columns are aligned, colours where they are wanted."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

_BOLD, _DIM, _GREEN, _RED, _YELLOW, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[0m"  # SGR


class Style:
    """Colours, or none (`coloured`)."""

    def __init__(self, coloured: bool) -> None:
        self._coloured = coloured

    def bold(self, text: str) -> str:
        return self._in(_BOLD, text)

    def dim(self, text: str) -> str:
        return self._in(_DIM, text)

    def added(self, text: str) -> str:
        return self._in(_GREEN, text)

    def removed(self, text: str) -> str:
        return self._in(_RED, text)

    def changed(self, text: str) -> str:
        return self._in(_YELLOW, text)

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._coloured and text else text


def size_text(size: int) -> str:
    """Write a number of bytes for people: three digits, decimal units."""
    value, units = float(size), ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{size} B" if units[0] == "B" else f"{value:.3g} {units[0]}"


def size_or_unknown(size: int | None) -> str:
    """Write a number of bytes, or `?`."""
    return "?" if size is None else size_text(size)


def change_text(change: int) -> str:
    """Write by how many bytes something changed: +1.2 MB, -3 B, 0 B."""
    return ("+" if change > 0 else "-" if change < 0 else "") + size_text(abs(change))


def count_text(count: int, one: str, many: str = "") -> str:
    """Write a number with what it counts: 1 layer, 1,200 layers."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def plain(text: str) -> str:
    """Return a text of an image's without what a terminal would obey or could not show."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def table(rows: Iterable[Sequence[str]], right: Sequence[int] = (), style: Style | None = None) -> list[str]:
    """Return rows as lines, each column as wide as its widest cell; two spaces between.

    right: the columns that are aligned at the right. style: where there is one, the first row is a heading.
    """
    rows = [[plain(cell) for cell in row] for row in rows]
    if not rows:
        return []
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(_padded(cell, widths[n], n in right) for n, cell in enumerate(row)).rstrip() for row in rows]
    return [style.bold(lines[0]), *lines[1:]] if style else lines


def width(text: str) -> int:
    """Return how many places a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def _padded(text: str, places: int, right: bool) -> str:
    spaces = " " * (places - width(text))
    return spaces + text if right else text + spaces
