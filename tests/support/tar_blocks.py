"""Tars put together block by block: what tarfile would not write."""

from __future__ import annotations

import tarfile

BLOCK = 512


def header(name: str = "n", size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    """A header in GNU's form, without content behind it."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return info.tobuf(tarfile.GNU_FORMAT)


def summed(block: bytearray) -> bytes:
    """The header with a right checksum."""
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(data: bytes) -> bytes:
    """A content with the zeros behind it."""
    return data + bytes(-len(data) % BLOCK)


def extended(kind: bytes, data: bytes) -> bytes:
    """An extended header: PAX's (`x`, `g`) or GNU's (`L`, `K`)."""
    return header("x", len(data), kind) + padded(data)


def record(key: bytes, value: bytes) -> bytes:
    """`LENGTH KEY=VALUE\\n`, where the length counts itself."""
    rest = len(key) + len(value) + 3
    length = rest + len(str(rest))
    return b"%d %s=%s\n" % (length if len(str(length)) == len(str(rest)) else length + 1, key, value)
