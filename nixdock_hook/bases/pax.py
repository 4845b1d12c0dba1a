"""PAX's extended headers: records of what a tar's header has no room for (POSIX.1-2017, pax, "EXTENDED DESCRIPTION").

Only the records that say something of a member are kept: path, linkpath, size, uid, gid, uname, gname, mtime and
SCHILY.xattr.* (star's extended attributes, which docker writes). Time and memory are linear in the header's size.
"""

from __future__ import annotations

from .tar_fields import Damage, Refused, decimal, time

Records = dict[bytes, bytes]

XATTR = b"SCHILY.xattr."
"""What the key of an extended attribute begins with."""

_USERS = frozenset((b"uname", b"gname"))
_TEXTS = _USERS | {b"path", b"linkpath"}
_NUMBERS = frozenset((b"size", b"uid", b"gid"))
_TIMES = frozenset((b"mtime", b"atime", b"ctime"))
_KNOWN = _TEXTS | _NUMBERS | _TIMES
_GNU, _SPARSE = b"GNU.", b"GNU.sparse."
_LENGTH_DIGITS = 10  # A header has at most 1 MiB; longer numbers only cost time.


def parse(data: bytes) -> Records:
    """Read the `LENGTH KEY=VALUE\\n` records, whose length counts the whole record.

    Of two with one key the last counts; an empty value takes a record back. Raises Damage for what is no record, and
    for a value of the wrong form; Refused for what GNU tar and Go read differently (an empty name or number) and for
    GNU's own kinds of members (sparse files).
    """
    found: Records = {}
    position = 0
    while position < len(data):
        position, key, value = _record(data, position)
        if key in _KNOWN or key.startswith(XATTR):
            _check(key, value)
            found[key] = value
        elif key.startswith(_SPARSE):
            raise Refused("a sparse file", "make it without tar's --sparse")
        elif key.startswith(_GNU):
            raise Refused(f"a record {key!r}, which only GNU tar knows")
    return {key: value for key, value in found.items() if value or key.startswith(XATTR)}


def check_global(data: bytes) -> None:
    """Check the records of a global header, which docker, containerd and podman pass over (Go, archive/tar).

    Raises Refused where that changes anything but times: GNU tar and POSIX apply them to all members.
    """
    if wrong := parse(data).keys() - _TIMES:
        raise Refused(f"a global header with a {min(wrong).decode(errors='replace')}")


def _check(key: bytes, value: bytes) -> None:
    """See whether a value has the form that its key wants, also where another one takes its place."""
    if not value and key in _KNOWN - _USERS:
        raise Refused(f"an empty {key.decode()} in an extended header")
    if key in _NUMBERS:
        decimal(value)
    elif key in _TIMES:
        time(value)
    elif key in _TEXTS and b"\0" in value:
        raise Damage(f"a NUL in a {key.decode()}")


def _record(data: bytes, start: int) -> tuple[int, bytes, bytes]:
    """Where the record ends that begins at `start`, its key and its value."""
    space = data.find(b" ", start, start + _LENGTH_DIGITS + 1)
    digits = data[start : max(space, 0)]
    end = start + int(digits) if digits.isdigit() else 0
    equals = data.find(b"=", space + 1, max(end - 1, 0))
    key = data[space + 1 : max(equals, 0)]
    # GNU tar passes over blanks in front of a key, Go takes them for a part of it.
    if not key or key[:1] in b" \t" or b"\0" in key or end > len(data) or data[end - 1] != ord("\n"):
        raise Damage("a wrong record in an extended header")
    return end, key, data[equals + 1 : end - 1]
