"""Tar headers: `header` is the only place that fills one in, `StoreHeaders` is its shortcut for a store's.

The form is ustar (POSIX.1-1988), with records of the pax format (POSIX.1-2001) in front where ustar cannot hold a
value. Every field follows from the arguments: no clock, no user, no process id.
"""

from __future__ import annotations

import os
import struct
from stat import S_IMODE, S_ISDIR
from zlib import adler32

from ..errors import InvalidInput
from ..trees.tree import Entry, Kind, Owner

BLOCK = 512
"""Bytes in a header, and what contents are padded to a multiple of."""

# name mode uid gid size mtime checksum typeflag linkname magic+version uname gname devmajor devminor prefix
_USTAR = struct.Struct("100s 8s 8s 8s 12s 12s 8s 1s 100s 8s 32s 32s 8s 8s 155s 12x")
_MAGIC = b"ustar\x0000"
_TYPES = {"file": b"0", "symlink": b"2", "char": b"3", "block": b"4", "directory": b"5", "fifo": b"6"}

_HARD_LINK = b"1"

_NAME, _PREFIX, _LINK, _USER = 100, 155, 100, 31  # bytes of text that the fields hold
_SMALL, _LARGE = 8**7 - 1, 8**11 - 1  # what 7 and 11 octal digits hold

_NO_CHECKSUM = b" " * 8  # stands in the checksum's place while the bytes are summed up

Records = dict[bytes, bytes]


def header(name: bytes, entry: Entry, owner: Owner, mtime: int, first_name: bytes = b"") -> bytes:
    """Return the header of one member: 512 bytes, or more where pax records go in front.

    name: normalised (`tree.normalise`); a directory's gets its trailing slash here.
    owner, mtime: used where the entry has none of its own.
    first_name: of a file that has one already in this tar; the member is a hard link then, and has no content.
    """
    if entry.kind == "directory":
        name += b"/"
    owner = entry.owner or owner
    records: Records = {}
    prefix, last = _path_fields(name, records)
    major, minor = entry.device
    block = _block(
        last,
        _octal(records, b"mode", entry.mode, _SMALL),
        _octal(records, b"uid", owner.uid, _SMALL),
        _octal(records, b"gid", owner.gid, _SMALL),
        _octal(records, b"size", 0 if first_name else entry.size, _LARGE),
        _octal(records, b"mtime", mtime if entry.mtime is None else entry.mtime, _LARGE),
        _HARD_LINK if first_name else _TYPES[entry.kind],
        _text(records, b"linkpath", first_name or entry.target, _LINK),
        _text(records, b"uname", owner.uname.encode("utf-8", "surrogateescape"), _USER),
        _text(records, b"gname", owner.gname.encode("utf-8", "surrogateescape"), _USER),
        _octal(records, b"SCHILY.devmajor", major, _SMALL),
        _octal(records, b"SCHILY.devminor", minor, _SMALL),
        prefix,
    )
    for attribute, value in entry.xattrs:
        if "=" in attribute:
            where = "/" + os.fsdecode(name)
            raise InvalidInput(f"an extended attribute named {attribute!r}", where, "tar cannot hold a name with '='")
        records[b"SCHILY.xattr." + attribute.encode()] = value
    return _pax(records) + block if records else block


class StoreHeaders:
    """The headers of a layer's store files and directories: the bytes of `header`, in a tenth of the time.

    All but name, size and checksum is the same for all that have one mode, so it is taken from a header that
    `header` made. What this shortcut does not fit (whatever needs pax records) goes through `header` itself.
    """

    _FIELDS = struct.Struct("100s 24s 12s 12s 8s 189s 155s 12x")

    def __init__(self, owner: Owner, mtime: int) -> None:
        self._owner, self._mtime = owner, mtime
        self._templates: dict[int, _Template] = {}
        self._plain = len(header(b"", Entry("file", 0), owner, mtime)) == BLOCK

    def header(self, name: bytes, st_mode: int, size: int) -> bytes:
        """Return what `header` returns for this name, type and mode (as stat has them) and size."""
        template = self._templates.get(st_mode)
        if template is None:
            template = self._templates[st_mode] = self._template(st_mode)
        kind, slash, total, ids, time, middle = template
        prefix, last = _split(name + slash)
        if len(last) > _NAME or size > _LARGE or not (self._plain and name.isascii()):
            return header(name, Entry(kind, S_IMODE(st_mode), size=size), self._owner, self._mtime)
        digits = b"%011o" % size
        # From 0, adler32 is a sum of bytes modulo 65521, many times as fast as sum(); these sums stay below that.
        total += adler32(prefix + last + digits, 0) & 0xFFFF
        return self._FIELDS.pack(last, ids, digits, time, b"%06o\0 " % total, middle, prefix)

    def _template(self, st_mode: int) -> _Template:
        kind: Kind = "directory" if S_ISDIR(st_mode) else "file"
        made = header(b"", Entry(kind, S_IMODE(st_mode)), self._owner, self._mtime)
        ids, time, middle = made[100:124], made[136:148], made[156:345]
        slash = b"/" if kind == "directory" else b""
        return kind, slash, sum(ids + time + _NO_CHECKSUM + middle), ids, time, middle


_Template = tuple[Kind, bytes, int, bytes, bytes, bytes]
"""Kind, what its names end in, sum of the bytes that follow; mode to gid, mtime, typeflag to devminor."""


def _block(*fields: bytes) -> bytes:
    """Pack a ustar header of these fields (all but checksum and magic) and put its checksum in.

    The checksum is the sum of all bytes with spaces in its own place: six octal digits, NUL, space.
    """
    before, kind, link, after = fields[:6], fields[6], fields[7], fields[8:]
    block = _USTAR.pack(*before, _NO_CHECKSUM, kind, link, _MAGIC, *after)
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def _path_fields(name: bytes, records: Records) -> tuple[bytes, bytes]:
    """The prefix and name fields, and a record where the two cannot hold the name."""
    prefix, last = _split(name)
    if len(last) <= _NAME and name.isascii():
        return prefix, last
    return b"", _text(records, b"path", name, _NAME)


def _split(name: bytes) -> tuple[bytes, bytes]:
    """Split at the last slash that leaves the prefix short enough; the rest may still be too long for its field."""
    if len(name) <= _NAME:
        return b"", name
    cut = name.rfind(b"/", 0, min(_PREFIX + 1, len(name) - 1))
    return (name[:cut], name[cut + 1 :]) if cut > 0 else (b"", name)


def _text(records: Records, key: bytes, value: bytes, room: int) -> bytes:
    """The value where it fits and is ASCII; else a record of it, and as much as can be said without one."""
    if len(value) <= room and value.isascii():
        return value
    records[key] = value
    return value.decode("ascii", "replace").encode("ascii", "replace")[:room]


def _octal(records: Records, key: bytes, value: int, most: int) -> bytes:
    """The value as octal digits; where they cannot hold it, zeros and a record."""
    if not 0 <= value <= most:
        records[key] = b"%d" % value
        value = 0
    return b"%07o" % value if most == _SMALL else b"%011o" % value


def _pax(records: Records) -> bytes:
    """An extended header (typeflag x) with these records; its own name is fixed.

    Values are UTF-8 by default; `hdrcharset=BINARY`, which must come first, says that they are plain bytes.
    """
    body = b"".join(_record(key, records[key]) for key in sorted(records))
    if not all(_is_utf8(value) for key, value in records.items() if not key.startswith(b"SCHILY.xattr.")):
        body = _record(b"hdrcharset", b"BINARY") + body
    zero = b"0000000"
    size, mtime = b"%011o" % len(body), b"0" * 11
    block = _block(b"././@PaxHeader", b"0000644", zero, zero, size, mtime, b"x", b"", b"", b"", zero, zero, b"")
    return block + body + bytes(-len(body) % BLOCK)


def _record(key: bytes, value: bytes) -> bytes:
    """`LENGTH KEY=VALUE\\n`, where the length counts its own digits."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest) + len(str(len(rest)))
    if len(str(length)) > len(str(len(rest))):
        length += 1
    return b"%d" % length + rest


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
