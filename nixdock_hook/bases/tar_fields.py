"""The fields of a tar's header, as GNU tar and Go's archive/tar both read them; what they read differently is damage.

Sources: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import re
from zlib import adler32

BLOCK = 512

AGAIN = "pack it again with another tool: GNU tar and docker read this differently"
"""The remedy where readers disagree."""

MOST_SECONDS = 10**18 - 1
"""From 1970 to the time of a member: 18 digits, which 64 bits hold, as Linux has them for times."""

_HALF = BLOCK // 2
_CHECKSUM = slice(148, 156)
_CHECKSUM_AS_SPACES = 8 * ord(" ")
_USTAR = b"ustar\0"
_GNU = b"ustar  \0"
_PREFIX = slice(345, 500)
# star keeps two times in the last 24 bytes of the prefix, and says so at the end of the block.
_STAR, _STAR_PREFIX = b"tar\0", 131
# GNU's own times, where ustar has the prefix.
_GNU_TIMES = (slice(345, 357), slice(357, 369))
# Old writers put a NUL or spaces in front; what follows a NUL behind the digits does not count.
_OCTAL = re.compile(rb"\0? *([0-7]+)(?: *\0.*| *)", re.DOTALL)
_TIME = re.compile(rb"(-?[0-9]{1,18})(?:\.([0-9]*))?")
_MOST_DIGITS = 20  # Python refuses to read very long numbers.
_NOTHING = re.compile(rb" *\0+")


class Damage(Exception):
    """What makes a tar no tar. `read_members` adds where, and what to do."""


class Refused(Exception):
    """What a tar has that readers take differently, or that no runtime takes; and the remedy."""

    def __init__(self, what: str, remedy: str = AGAIN) -> None:
        super().__init__(what)
        self.remedy = remedy


def number(field: bytes) -> int:
    """Read octal digits or, where the first byte is 0x80, GNU's base 256. Not negative."""
    digits = field.rstrip(b" \0")
    if digits.isdigit():  # which knows no sign and no underscore
        try:
            return int(digits, 8)
        except ValueError as error:
            raise _no_number(field) from error
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    if field[0] & 0x80:
        raise Damage("a negative number")
    if octal := _OCTAL.fullmatch(field):
        return int(octal[1], 8)
    if _NOTHING.fullmatch(field):
        return 0
    raise _no_number(field)


def signed_number(field: bytes) -> int:
    """Read a number that may be negative, in base 256: times before 1970."""
    return int.from_bytes(field, "big", signed=True) if field[0] == 0xFF else number(field)


def decimal(digits: bytes) -> int:
    """Read the number of a record. Not negative."""
    if not digits.isdigit() or len(digits) > _MOST_DIGITS:
        raise _no_number(digits[:40])
    return int(digits)


def time(record: bytes) -> int:
    """Read the time of a record, `-1.5` for instance, as whole seconds, rounded down."""
    parts = _TIME.fullmatch(record)
    if parts is None:
        raise Damage(f"{record[:40]!r} where a time has to be")
    whole, fraction = int(parts[1]), parts[2]
    return whole - 1 if record.startswith(b"-") and fraction and fraction.strip(b"0") else whole


def text(field: bytes) -> bytes:
    """Read a field up to its first NUL."""
    return field.partition(b"\0")[0]


def check_sum(header: bytes) -> None:
    """Raise Damage where a header has another checksum than it states.

    The checksum counts its own eight bytes as spaces. Very old tars summed signed bytes.
    """
    # From 0, adler32 is a sum of bytes modulo 65521, many times as fast as sum(); half a block stays below that.
    total = (adler32(header[:_HALF], 0) & 0xFFFF) + (adler32(header[_HALF:], 0) & 0xFFFF)
    found = total - sum(header[_CHECKSUM]) + _CHECKSUM_AS_SPACES
    stated = number(header[_CHECKSUM])
    if stated != found:
        high = sum(byte >> 7 for byte in header[:148] + header[156:])
        if stated != found - 256 * high:
            raise Damage("a header has a wrong checksum")


def is_header(block: bytes) -> bool:
    """Tell whether the first block of a file may begin a tar; zeros are the end of an empty one."""
    if len(block) < BLOCK:
        return False
    try:
        if block.strip(b"\0"):
            check_sum(block)
    except Damage:
        return False
    return True


def header_name(header: bytes) -> bytes:
    """Read the name of a header, with the prefix that only ustar has.

    Raises Refused where GNU tar and Go disagree about the prefix: in a version of ustar that does not exist, in star's
    long ones, and in GNU's form, where Go before 1.8 wrote one in place of times.
    """
    name = text(header[:100])
    if not header[_PREFIX.start]:
        return name
    magic = header[257:265]
    if magic.startswith(_USTAR):
        prefix = text(header[_PREFIX])
        if magic[6:] != b"00" or (header.endswith(_STAR) and len(prefix) > _STAR_PREFIX):
            raise Refused(f"{name!r} has a prefix in a place of its own")
        return prefix + b"/" + name
    if magic == _GNU and not _are_times(header):
        raise Refused(f"{name!r} has a prefix in a place of its own")
    return name


def is_v7(magic: bytes) -> bool:
    """Tell whether a header is of the oldest form, without the names of owners and the numbers of devices."""
    return not magic.startswith((_USTAR, _GNU))


def _are_times(header: bytes) -> bool:
    try:
        for field in _GNU_TIMES:
            signed_number(header[field])
    except Damage:
        return False
    return True


def _no_number(field: bytes) -> Damage:
    return Damage(f"{field!r} where a number has to be")
