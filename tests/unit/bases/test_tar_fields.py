"""Fields of headers: what GNU tar and Go both read, and what they read differently."""

from __future__ import annotations

import io

import pytest

from nixdock_hook.bases.tar_members import Member, read_members
from nixdock_hook.errors import InvalidImage
from tests.support.tar_blocks import header, summed


def members(data: bytes) -> list[Member]:
    return list(read_members(io.BytesIO(data), "here"))


def names(data: bytes) -> list[bytes]:
    return [member.name for member in members(data)]


def test_a_size_in_base_256() -> None:
    found = read_members(io.BytesIO(header(size=9 << 30)), "here")
    assert next(found).size == 9 << 30
    with pytest.raises(InvalidImage, match="it ends within a member"):
        next(found)


@pytest.mark.parametrize(
    ("digits", "size"),
    [
        (b"00000001000\0", 512),
        (b" 0000001000 ", 512),
        (b"\0 000001000\0", 512),
        (b"1000\0rubbish", 512),
        (b"\0" * 12, 0),
        (b"    \0       "[:11] + b"\0", None),
        (b" " * 12, None),
        (b"      0o1000", None),
        (b"   0000_1000", None),
        (b"00000001008\0", None),
        (b"1000 1      ", None),
        (b"+0000001000\0", None),
        (b"\x81" + bytes(11), None),
    ],
)
def test_which_digits_are_a_number(digits: bytes, size: int | None) -> None:
    block = bytearray(header("a"))
    block[124:136] = digits
    data = summed(block) + bytes(size or 0) + header("b")
    if size is None:
        with pytest.raises(InvalidImage, match="damaged or truncated tar"):
            names(data)
    else:
        assert [member.size for member in members(data)] == [size, 0]


@pytest.mark.parametrize(
    ("magic", "prefix", "name"),
    [
        (b"ustar\x0000", b"p", b"p/n"),
        (b"ustar\0 0", b"p", None),
        (b"ustar  \0", b"p", None),
        (b"ustar  \0", b"00000000001\x0000000000002\0", b"n"),
        (b"any else", b"p", b"n"),
    ],
)
def test_where_a_name_has_its_prefix(magic: bytes, prefix: bytes, name: bytes | None) -> None:
    block = bytearray(header("n"))
    block[257:265], block[345 : 345 + len(prefix)] = magic, prefix
    if name is None:
        with pytest.raises(InvalidImage, match="a tar with b'n' has a prefix in a place of its own in here: pack"):
            names(summed(block))
    else:
        assert names(summed(block)) == [name]


def test_a_checksum_over_signed_bytes() -> None:
    block = bytearray(header("\u00fc"))
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 256 - 2 * 256)
    assert names(bytes(block)) == ["\u00fc".encode()]


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        (b"\xff" * 10 + b"\xfc\x00", "a negative number"),  # Base 256: minus 1024.
        (b"-0000002000\0", "where a number has to be"),
        (b"\x80" + b"\x7f" * 11, "a member of [0-9]{27} bytes"),
        (b"twelvebytes\0", "where a number has to be"),
    ],
)
def test_a_bad_size(size: bytes, problem: str) -> None:
    block = bytearray(header())
    block[124:136] = size
    with pytest.raises(InvalidImage, match=problem):
        names(header("a") + summed(block) + header("b"))
