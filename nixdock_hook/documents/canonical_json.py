"""JSON whose bytes depend on the value alone, and JSON of others, read within bounds.

Every document that nixdock reads comes through `load`, `read` or `read_file`. They take what is JSON for all readers
alike (RFC 8259, RFC 7493): UTF-8 without a byte order mark, no NaN and no Infinity, no half of a surrogate pair, no
NUL (no name, argument or variable can have one), no key twice in an object. Go's encoding/json, thus docker, takes the
last of two equal keys, joins objects under them, and jsonv2 refuses them: which value counts depends on the reader.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, Protocol

from .. import inputs
from ..errors import InvalidImage

MOST_BYTES = 8 << 20
"""Of a document. Registries and skopeo take manifests and configs of 4 MiB; lock files hold one as a text."""
MOST_OF_OURS = 256 << 20
"""Bytes of a document that Nix or a step of ours wrote: a recipe, the graph of a closure of 100,000 paths."""
MOST_LEVELS = 100
"""Of arrays and objects in one another. A config has six; Python's own limit depends on its version and the stack."""
_BYTES_FOR_A_VALUE = 32
"""A document has at most one value for so many bytes that it may have: millions of `{}` are no document of anybody's,
and Python takes a hundred bytes for each."""
_NUMBERS = range(-(1 << 63), 1 << 63)  # Go's int64, which sizes and durations are

REMEDY = "get the image again"


class Readable(Protocol):
    """What `read` reads: an open file, a member of an archive, an answer of a server."""

    def read(self, size: int, /) -> bytes: ...


def dump(value: Any) -> bytes:
    """Write sorted keys, no spaces, UTF-8, no newline at the end. Raises ValueError for NaN and infinities."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def load(data: bytes, where: object, remedy: str = REMEDY, most: int = MOST_BYTES) -> Any:
    """Read JSON that somebody else wrote, of at most `most` bytes; InvalidImage names `where` if it is none."""
    try:
        return _load(data, most)
    except UnicodeDecodeError as error:
        raise InvalidImage(f"this is no valid JSON (byte {error.start} is not UTF-8)", where, remedy) from error
    except RecursionError as error:  # whose own words differ from one Python to the next
        raise InvalidImage("this is no valid JSON (deeper than Python's recursion goes)", where, remedy) from error
    except ValueError as error:
        raise InvalidImage(f"this is no valid JSON ({error})", where, remedy) from error


def read_bytes(file: Readable, where: object, remedy: str = REMEDY, most: int = MOST_BYTES) -> bytes:
    """Read a whole document. Raises InvalidImage where it has more than `most` bytes, of which one is read."""
    pieces, left = [], most + 1
    while left and (piece := file.read(left)):
        pieces.append(piece)
        left -= len(piece)
    if not left:
        raise InvalidImage(f"a document of more than {most} bytes", where, remedy)
    return b"".join(pieces)


def read(file: Readable, where: object, remedy: str = REMEDY, most: int = MOST_BYTES) -> Any:
    """Read the JSON that a file holds; errors as in `load` and `read_bytes`."""
    return load(read_bytes(file, where, remedy, most), where, remedy, most)


def read_file(path: str, remedy: str = REMEDY, most: int = MOST_BYTES) -> Any:
    """Read a file of JSON. Raises InvalidImage, naming it, where it holds none, and as `inputs.open_once`."""
    with inputs.open_once(path) as file:
        return read(file, path, remedy, most)


def _load(data: bytes, most: int) -> Any:
    if len(data) > most:
        raise ValueError(f"it has more than {most} bytes")
    if data.count(b",") + data.count(b"[") + data.count(b"{") > most // _BYTES_FOR_A_VALUE:
        raise ValueError(f"it has more than {most // _BYTES_FOR_A_VALUE} values")
    value = json.loads(
        data.decode(), object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_no_number
    )
    _check(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"an object has the key {key[:50]!r} twice")
        found[key] = value
    return found


def _integer(digits: str) -> int:
    if len(digits) > 20 or (number := int(digits)) not in _NUMBERS:
        raise ValueError(f"the number {digits[:20]}… does not fit into 64 bits")
    return number


def _number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:20]} is too large")
    return number


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _check(value: Any) -> None:
    """Look at every text, one level after the other: a recursive walk would end at Python's own limit."""
    level, levels = [value], 0
    while True:
        for item in level:
            if isinstance(item, str):
                _check_text(item)
        holders = [item for item in level if isinstance(item, dict | list)]
        if not holders:
            return
        levels += 1
        if levels > MOST_LEVELS:
            raise ValueError(f"it is more than {MOST_LEVELS} levels deep")
        level = [inner for holder in holders for inner in _inners(holder)]


def _inners(holder: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return (*holder, *holder.values()) if isinstance(holder, dict) else holder


def _check_text(text: str) -> None:
    if "\0" in text:
        raise ValueError("a text has a NUL in it")
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("a text has half of a character in it (a lone surrogate)") from error
