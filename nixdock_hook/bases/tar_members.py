"""The members of a tar that somebody else wrote, read strictly: what is damaged is an error, never the end.

The one reader of tars in nixdock. It yields what GNU tar and Go's archive/tar (docker, containerd, podman) both read;
where those two disagree, what one takes for a harmless file may be something else for the other: that is an error.
Not tarfile, which takes a damaged header for the end of the tar, goes round in circles on a negative size
(CVE-2025-8194) and needs 0.1 ms for a member, which is 10 s for a base image of 100,000 files.
Formats: v7, ustar and PAX (POSIX.1-2017, pax, "EXTENDED DESCRIPTION") and GNU's long names (GNU tar manual, "Basic Tar
Format"). Sparse files are refused: no tool for images makes them, and a small tar could fill the disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO, Literal, NamedTuple

from ..errors import InvalidImage
from . import pax
from .pax import Records
from .tar_fields import (
    BLOCK,
    MOST_SECONDS,
    Damage,
    Refused,
    check_sum,
    decimal,
    header_name,
    is_v7,
    number,
    signed_number,
    text,
    time,
)

Kind = Literal["file", "directory", "symlink", "hardlink", "fifo", "char", "block"]

MOST_HEADER_BYTES = 1 << 20
"""In an extended header; Go has the same limit. Names take 4 KiB, and Linux 64 KiB for all attributes of a file."""

MOST_HEADERS = 16
"""Extended headers for one member: at most four (x, g, L, K) say something, and a member may take any memory else."""

MOST_NAME_BYTES = 4096
"""In a name or a link's target: Linux takes no longer ones (PATH_MAX)."""

MOST_MEMBER_BYTES = 8 << 40
"""In a member: none is that large, and not every file system lets one seek beyond it."""

MOST_ID = (1 << 32) - 2
"""The largest user and group: Linux has 32 bits, of which the highest number says "no change" (chown(2))."""

MOST_DEVICE = ((1 << 12) - 1, (1 << 20) - 1)
"""The largest major and minor number of a device that Linux has (include/linux/kdev_t.h)."""

_KINDS: dict[bytes, Kind] = {
    b"\0": "file",
    b"0": "file",
    b"7": "file",
    b"1": "hardlink",
    b"2": "symlink",
    b"3": "char",
    b"4": "block",
    b"5": "directory",
    b"6": "fifo",
}
_OLD_FILE, _SPARSE = b"\0", b"S"
_LONG = {b"L": b"path", b"K": b"linkpath"}
_ABOUT_THE_NEXT = frozenset((b"x", b"g", *_LONG))
_CACHED = 4096  # fields of headers
_LINKS, _DEVICES = frozenset(("symlink", "hardlink")), frozenset(("char", "block"))


class Member(NamedTuple):
    """One member.

    offset: where in the tar its content begins, the `size` bytes of a file. target: of links.
    mode: the twelve permission bits. mtime: whole seconds since 1970. device: (major, minor).
    xattrs: (name, value) pairs, sorted.
    """

    name: bytes
    kind: Kind
    size: int
    target: bytes
    offset: int
    mode: int
    uid: int
    gid: int
    uname: bytes
    gname: bytes
    mtime: int
    device: tuple[int, int]
    xattrs: tuple[tuple[str, bytes], ...]


def read_members(file: BinaryIO, where: object) -> Iterator[Member]:
    """Yield the members of the uncompressed tar in `file`, in their order; it is read forwards from where it stands.

    A member's content may be read, from `Member.offset` on, before the next member is asked for.
    Raises InvalidImage, naming `where`, for what is not a tar, damaged, truncated or refused. Missing end blocks are
    tolerated, as every runtime does; even a file without any byte is an empty tar.
    """
    try:
        yield from _read_members(file)
    except Damage as error:
        raise InvalidImage(f"damaged or truncated tar ({error})", where, "get it again, completely") from error
    except Refused as error:
        raise InvalidImage(f"a tar with {error}", where, error.remedy) from error


def _read_members(file: BinaryIO) -> Iterator[Member]:
    position = file.tell()
    while header := _read_header(file):
        position += BLOCK
        records: Records = {}
        if header[156:157] in _ABOUT_THE_NEXT:
            header, records, count = _read_extended_headers(file, header)
            position += count
            if not header:
                return
        member = _member(header, records, position)
        yield member
        if member.size:
            _skip(file, member)
            position += _padded(member.size)


def _read_header(file: BinaryIO) -> bytes:
    """The next header; b"" at the end."""
    header = file.read(BLOCK)
    if len(header) < BLOCK:
        if header:
            raise Damage("a header is cut off")
        return b""
    if not header.strip(b"\0"):
        if file.read(BLOCK).strip(b"\0"):
            raise Damage("a lone block of zeros amid its members")
        return b""
    check_sum(header)
    return header


def _read_extended_headers(file: BinaryIO, header: bytes) -> tuple[bytes, Records, int]:
    """The header of the member that extended headers are about, what they say of it, and how many bytes they took.

    Of several headers of one kind the last counts.
    """
    records: Records = {}
    long: Records = {}
    count = taken = 0
    while (flag := header[156:157]) in _ABOUT_THE_NEXT:
        count += 1
        if count > MOST_HEADERS:
            raise Refused(f"more than {MOST_HEADERS} extended headers for one member", "get it from another source")
        size = number(header[124:136])
        data = _read_extended(file, size)
        match flag:
            case b"x":
                records = pax.parse(data[:size])
            case b"g":
                pax.check_global(data[:size])
            case _:
                long[_LONG[flag]] = text(data)
                if len(text(data)) > size:  # GNU tar reads on to the next NUL, Go ends with the size.
                    raise Refused("a long name that is longer than its header says")
        taken += len(data) + BLOCK
        header = _read_header(file)
    if not header and (records or long):
        raise Damage("an extended header without its member")
    if twice := records.keys() & long.keys():
        raise Refused(f"a {min(twice).decode()} in two extended headers")
    if not all(long.values()):
        raise Refused("a long name without any byte")
    return header, records | long, taken


def _read_extended(file: BinaryIO, size: int) -> bytes:
    """The content of an extended header, with the padding behind it."""
    if size > MOST_HEADER_BYTES:
        raise Refused(f"an extended header of {size} bytes", f"nixdock reads {MOST_HEADER_BYTES} at most")
    data = file.read(_padded(size))
    if len(data) < _padded(size):
        raise Damage("an extended header is cut off")
    return data


def _member(header: bytes, records: Records, offset: int) -> Member:
    name = records.get(b"path") or header_name(header)
    mode, uid, gid = _mode_and_owner(header[100:124])
    mtime = _mtime(header[136:148])
    named, uname, gname = _owner_names(header[257:329])
    xattrs: tuple[tuple[str, bytes], ...] = ()
    if records:
        uid, gid = _id(records.get(b"uid"), uid), _id(records.get(b"gid"), gid)
        uname, gname = records.get(b"uname", uname), records.get(b"gname", gname)
        mtime = time(records[b"mtime"]) if b"mtime" in records else mtime
        xattrs = _xattrs(records, name)
    kind = _kind(header[156:157], name)
    size = _size(header, records, kind)
    target = (records.get(b"linkpath") or text(header[157:257])) if kind in _LINKS else b""
    if not name or len(name) > MOST_NAME_BYTES or len(target) > MOST_NAME_BYTES:
        what = f"a name of {len(name)} bytes" if len(target) <= MOST_NAME_BYTES else f"a target of {len(target)} bytes"
        raise Refused(f"{what} ({name[:40]!r})", f"a name has 1 to {MOST_NAME_BYTES}: no runtime unpacks it")
    if kind in _LINKS and not target:
        raise Refused(f"{_shown(name)}, a link to nothing", "get it from another source")
    device = _device(header, name) if named and kind in _DEVICES else (0, 0)
    return Member(name, kind, size, target, offset, mode, uid, gid, uname, gname, mtime, device, xattrs)


# What follows is the same in most members of a tar: to look it up takes a fifth of the time.


@lru_cache(_CACHED)
def _mode_and_owner(fields: bytes) -> tuple[int, int, int]:
    """The fields mode, uid and gid."""
    return number(fields[:8]) & 0o7777, _id(None, number(fields[8:16])), _id(None, number(fields[16:]))


@lru_cache(_CACHED)
def _owner_names(fields: bytes) -> tuple[bool, bytes, bytes]:
    """The fields magic to gname: whether there are such fields as uname and devmajor at all, uname and gname."""
    if is_v7(fields[:8]):
        return False, b"", b""
    return True, text(fields[8:40]), text(fields[40:])


@lru_cache(_CACHED)
def _mtime(field: bytes) -> int:
    seconds = signed_number(field)
    if abs(seconds) > MOST_SECONDS:
        raise Damage(f"{field!r} where a time has to be")
    return seconds


def _kind(flag: bytes, name: bytes) -> Kind:
    kind = _KINDS.get(flag)
    if kind is None:
        if flag == _SPARSE:
            raise Refused(f"{_shown(name)}, a sparse file", "make it without tar's --sparse")
        what = f"{_shown(name)}, a member of type {flag!r}"
        raise Refused(what, "get it from another source: no runtime unpacks it")
    if kind == "file" and name.endswith((b"/", b"/.")):
        if flag == _OLD_FILE:
            return "directory"  # The oldest tars have no flag for it.
        raise Refused(f"{_shown(name)}, a file by its type and a directory by its name")
    return kind


def _size(header: bytes, records: Records, kind: Kind) -> int:
    """The bytes of content. Only files have any: GNU tar and Go disagree on where such a member ends."""
    size = number(header[124:136])
    if b"size" in records:
        size = decimal(records[b"size"])
    elif kind == "hardlink":
        return 0  # Whatever the header says: some writers put the file's size there, and all readers know.
    if size and kind != "file":
        raise Refused(f"a {kind} of {size} bytes")
    if size > MOST_MEMBER_BYTES:
        raise Damage(f"a member of {size} bytes")
    return size


def _id(record: bytes | None, stated: int) -> int:
    """The user or group of a record, or else the one that the header states."""
    found = decimal(record) if record else stated
    if found > MOST_ID:
        raise Refused(f"an owner with the number {found}", f"Linux has numbers up to {MOST_ID}")
    return found


def _device(header: bytes, name: bytes) -> tuple[int, int]:
    device = number(header[329:337]), number(header[337:345])
    if any(value > most for value, most in zip(device, MOST_DEVICE, strict=True)):
        most = "{}, {}".format(*MOST_DEVICE)
        raise Refused("{}, a device with the numbers {}, {}".format(_shown(name), *device), f"Linux has up to {most}")
    return device


def _xattrs(records: Records, name: bytes) -> tuple[tuple[str, bytes], ...]:
    """The extended attributes. Linux, and all tools, have UTF-8 in their names."""
    found = [(key.removeprefix(pax.XATTR), value) for key, value in records.items() if key.startswith(pax.XATTR)]
    try:
        return tuple(sorted((key.decode(), value) for key, value in found))
    except UnicodeDecodeError as error:
        what = f"{_shown(name)}, which has an extended attribute whose name is no UTF-8"
        raise Refused(what, "get it from another source") from error


def _skip(file: BinaryIO, member: Member) -> None:
    """Go behind a member; the last byte is read, because one can seek beyond the end of a file."""
    end = member.offset + _padded(member.size)
    if file.tell() < end:  # else somebody read the content
        file.seek(end - 1)
        if not file.read(1):
            raise Damage("it ends within a member")


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _shown(name: bytes) -> str:
    return repr(name.decode(errors="replace")[:100])
