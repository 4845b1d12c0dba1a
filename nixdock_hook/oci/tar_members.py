"""The members of a tar that somebody else wrote, read strictly: what is damaged is an error, never the end.

Not tarfile: it takes a damaged header for the end of the tar, goes round in circles on a negative size
(CVE-2025-8194) and needs 0.1 ms for a member, which is 10 s for a base image of 100,000 files.
Formats: v7, ustar and PAX (POSIX.1-2017, pax, "EXTENDED DESCRIPTION") and GNU's long names and sparse files (GNU tar
manual, "Basic Tar Format" and "Storing Sparse Files").
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import BinaryIO, Literal, NamedTuple

from ..errors import InvalidImage

Kind = Literal["file", "directory", "symlink", "hardlink", "other"]

_BLOCK = 512
_KINDS: dict[bytes, Kind] = {
    b"\0": "file",
    b"0": "file",
    b"7": "file",
    b"S": "file",
    b"1": "hardlink",
    b"2": "symlink",
    b"5": "directory",
    b"D": "directory",
}
_WITHOUT_CONTENT = frozenset((b"1", b"2", b"3", b"4", b"5", b"6"))
_ABOUT_THE_NEXT = frozenset((b"x", b"g", b"L", b"K"))
_MAX_RECORDS = 16 << 20
_MAX_SIZE = 8 << 40  # No member is that large, and not every file system lets one seek beyond it.
_MAX_DIGITS = 20  # Python refuses to read very long numbers.


class Member(NamedTuple):
    """One member. size: of the file as it is unpacked. offset: where in the tar its content begins.

    sparse: its holes are left out, so what is at `offset` is not its content.
    """

    name: bytes
    kind: Kind
    size: int
    target: bytes
    offset: int
    sparse: bool


class _Damage(Exception):
    """What is wrong with the tar."""


def read_members(file: BinaryIO, where: object) -> Iterator[Member]:
    """Yield the members of the uncompressed tar in `file` (it need only seek forwards), in their order.

    Raises InvalidImage, naming `where`, for what is not a tar, damaged or truncated. Missing end blocks are tolerated,
    as every runtime does; even a file without any byte is an empty tar.
    """
    try:
        yield from _read_members(file)
    except _Damage as error:
        raise InvalidImage(f"damaged or truncated tar ({error})", where, "get it again, completely") from error


def member_path(name: str, where: object) -> str:
    """Bring a member's name, or what a link in the archive names, to the form without `/` or `./` in front.

    Raises InvalidImage where it climbs out of the archive.
    """
    path = posixpath.normpath(name.lstrip("/"))
    if path == ".." or path.startswith("../"):
        raise InvalidImage(f"{name!r} climbs out of the archive", where, "do not use this image, it may be an attack")
    return path


def _read_members(file: BinaryIO) -> Iterator[Member]:
    shared: dict[bytes, bytes] = {}
    own: dict[bytes, bytes] = {}
    while (header := _read_header(file)) is not None:
        kind = header[156:157]
        if kind in _ABOUT_THE_NEXT:
            records = _read_records(file, kind, _number(header[124:136]))
            (shared if kind == b"g" else own).update(records)
            continue
        member, stored = _member(file, header, shared | own if shared else own)
        yield member
        _skip(file, member.offset, stored)
        own = {}


def _read_header(file: BinaryIO) -> bytes | None:
    header = file.read(_BLOCK)
    if not header.strip(b"\0"):
        return None
    if len(header) < _BLOCK:
        raise _Damage("a header is cut off")
    # The checksum counts its own eight bytes as spaces.
    if sum(header) - sum(header[148:156]) + 8 * ord(" ") != _number(header[148:156]):
        raise _Damage("a header has a wrong checksum")
    return header


def _read_records(file: BinaryIO, kind: bytes, size: int) -> dict[bytes, bytes]:
    """What a PAX header, or GNU's long name or link, says of the next member, in the words of PAX."""
    if size > _MAX_RECORDS:
        raise _Damage(f"an extended header of {size} bytes")
    padded = file.read(_padded(size))
    if len(padded) < _padded(size):
        raise _Damage("an extended header is cut off")
    if kind == b"L":
        return {b"path": _text(padded[:size])}
    if kind == b"K":
        return {b"linkpath": _text(padded[:size])}
    return dict(_pax_records(padded[:size]))


def _pax_records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Split `LENGTH KEY=VALUE` lines, whose length counts the whole line."""
    while data:
        length = data.partition(b" ")[0]
        end = int(length) if length.isdigit() and len(length) <= _MAX_DIGITS else 0
        key, equals, value = data[len(length) + 1 : max(0, end - 1)].partition(b"=")
        if not equals or data[end - 1 : end] != b"\n":
            raise _Damage("a wrong record in an extended header")
        yield key, value
        data = data[end:]


def _member(file: BinaryIO, header: bytes, records: dict[bytes, bytes]) -> tuple[Member, int]:
    """The member of a header, and how many bytes are stored for it."""
    flag = header[156:157]
    kind = _KINDS.get(flag, "other")
    # An empty value takes a record back.
    name = records.get(b"GNU.sparse.name") or records.get(b"path") or _header_name(header)
    if flag == b"\0" and name.endswith(b"/"):
        kind = "directory"  # The oldest tars have no flag for it.
    stored = size = _decimal(records.get(b"size")) or _number(header[124:136])
    if flag in _WITHOUT_CONTENT:
        stored = size = 0
    if stored > _MAX_SIZE:
        raise _Damage(f"a member of {stored} bytes")
    sparse = flag == b"S" or any(key.startswith(b"GNU.sparse.") for key in records)
    if flag == b"S":
        size = _number(header[483:495])
        _skip_sparse_map(file, header)
    elif sparse:
        size = _decimal(records.get(b"GNU.sparse.realsize") or records.get(b"GNU.sparse.size")) or size
    target = records.get(b"linkpath") or _text(header[157:257])
    return Member(name, kind, size, target, file.tell(), sparse), stored


def _header_name(header: bytes) -> bytes:
    name = _text(header[:100])
    # GNU's magic has spaces, and other fields where ustar has the prefix.
    if header[257:263] == b"ustar\0" and header[345]:
        return _text(header[345:500]) + b"/" + name
    return name


def _skip_sparse_map(file: BinaryIO, header: bytes) -> None:
    """GNU's old sparse format goes on in more blocks, as long as a flag in each says so."""
    more = header[482]
    while more:
        block = file.read(_BLOCK)
        if len(block) < _BLOCK:
            raise _Damage("the map of a sparse file is cut off")
        more = block[504]


def _skip(file: BinaryIO, offset: int, size: int) -> None:
    """Go to the next header; the last byte is read, because one can seek beyond the end of a file."""
    if size:
        file.seek(offset + _padded(size) - 1)
        if not file.read(1):
            raise _Damage("it ends within a member")


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _number(field: bytes) -> int:
    """Octal digits or, with the highest bit set, GNU's base 256."""
    if field[0] & 0x80:
        if field[0] & 0x40:
            raise _Damage("a negative size")
        return int.from_bytes(field, "big") & ~(0x80 << 8 * (len(field) - 1))
    digits = _text(field).strip()
    try:
        number = int(digits or b"0", 8)
    except ValueError as error:
        raise _Damage("a number that is none") from error
    if number < 0:
        raise _Damage("a negative size")
    return number


def _decimal(text: bytes | None) -> int:
    if not text:
        return 0
    if not text.isdigit() or len(text) > _MAX_DIGITS:
        raise _Damage("a size that is no number")
    return int(text)
