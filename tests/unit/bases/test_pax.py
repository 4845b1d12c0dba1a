"""Records of PAX's extended headers."""

from __future__ import annotations

import io

import pytest

from nixdock_hook.bases.tar_members import Member, read_members
from nixdock_hook.errors import InvalidImage
from tests.support.tar_blocks import extended, header, record


def members(data: bytes) -> list[Member]:
    return list(read_members(io.BytesIO(data), "here"))


def names(data: bytes) -> list[bytes]:
    return [member.name for member in members(data)]


@pytest.mark.parametrize("records", [b"11 path=gg\n", b"10 size=1\n", b"14 linkpath=g\n"])
def test_records_for_all_members_that_docker_passes_over_and_tar_does_not(records: bytes) -> None:
    what = "a tar with a global header with a [a-z]+ in here: pack it again"
    with pytest.raises(InvalidImage, match=what):
        names(extended(b"g", records) + header("a"))


def test_records_for_all_members_that_say_little_are_passed_over_as_docker_does() -> None:
    found = members(extended(b"g", record(b"comment", b"no") + record(b"mtime", b"9")) + header("a"))
    assert [(member.name, member.mtime) for member in found] == [(b"a", 0)]


@pytest.mark.parametrize("records", [b"8 path=\n", b"8 size=\n"])
def test_a_record_without_value_which_tar_and_go_take_differently(records: bytes) -> None:
    with pytest.raises(InvalidImage, match="a tar with an empty (path|size) in an extended header in here"):
        names(extended(b"x", records) + header("a"))


def test_a_size_of_zero_in_a_record_counts() -> None:
    assert names(extended(b"x", b"10 size=0\n") + header("a", size=512) + header("b")) == [b"a", b"b"]


def test_of_several_extended_headers_the_last_counts() -> None:
    gone, stays = extended(b"x", b"10 path=x\n14 linkpath=l\n"), extended(b"x", b"10 path=y\n")
    assert names(gone + stays + header("a")) == [b"y"]
    assert names(extended(b"L", b"one\0") + extended(b"L", b"two\0") + header("a")) == [b"two"]


def test_a_long_name_that_gnu_tar_reads_beyond_its_size() -> None:
    data = header("x", 1, b"L") + b"nnn".ljust(512, b"\0") + header("a")
    with pytest.raises(InvalidImage, match="a tar with a long name that is longer than its header says in here: pack"):
        names(data)


def test_a_name_in_two_kinds_of_extended_headers() -> None:
    with pytest.raises(InvalidImage, match="a tar with a path in two extended headers in here: pack it again"):
        names(extended(b"L", b"l\0") + extended(b"x", b"10 path=x\n") + header("a"))


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        (b"no record", "a wrong record in an extended header"),
        (b"99 path=x\n", "a wrong record in an extended header"),
        (b"0 path=x\n", "a wrong record in an extended header"),
        (b"8 path=xy\n", "a wrong record in an extended header"),
        (b"11 size=-1\n", "b'-1' where a number has to be"),
        (b"5012 size=" + b"9" * 5001 + b"\n", "b'9{40}' where a number has to be"),
        (b"22 size=9999999999999\n", "a member of 9999999999999 bytes"),
        (b"9" * 5000 + b" path=x\n", "a wrong record in an extended header"),
    ],
)
def test_wrong_records(records: bytes, problem: str) -> None:
    with pytest.raises(InvalidImage, match=problem):
        names(extended(b"x", records) + header())


@pytest.mark.parametrize("key", [b"path", b"linkpath", b"uname"])
def test_a_nul_in_a_name(key: bytes) -> None:
    with pytest.raises(InvalidImage, match=f"a NUL in a {key.decode()}"):
        names(extended(b"x", record(key, b"a\0b")) + header("a"))


def test_an_extended_attribute_whose_name_is_no_text() -> None:
    with pytest.raises(InvalidImage, match="'a', which has an extended attribute whose name is no UTF-8"):
        names(extended(b"x", record(b"SCHILY.xattr.us\xff", b"x")) + header("a"))


@pytest.mark.parametrize(
    "records", [b"12  path=x\n", b"5 =x\n", b"12 pa\0th=x\n", b"+10 path=x\n", b"00000000010 path=x\n"]
)
def test_records_that_gnu_tar_and_go_split_differently(records: bytes) -> None:
    with pytest.raises(InvalidImage, match="a wrong record in an extended header"):
        names(extended(b"x", records) + header("a"))


def test_what_no_runtime_knows_is_not_kept() -> None:
    (member,) = members(extended(b"x", record(b"SCHILY.fflags", b"x") + record(b"atime", b"7")) + header("a"))
    assert (member.mtime, member.xattrs) == (0, ())


@pytest.mark.parametrize("kind", [b"x", b"g"])
@pytest.mark.parametrize("key", [b"atime", b"mtime", b"uid", b"size"])
def test_values_of_the_wrong_form_whoever_wants_them(kind: bytes, key: bytes) -> None:
    data = extended(kind, record(key, b"0o7")) + extended(b"x", record(b"path", b"x")) + header("a")
    with pytest.raises(InvalidImage, match=r"damaged or truncated tar \(b'0o7' where a (time|number) has to be\)"):
        names(data)


def test_gnus_own_kinds_of_members() -> None:
    with pytest.raises(
        InvalidImage, match="a tar with a record b'GNU.dumpdir', which only GNU tar knows in here: pack"
    ):
        names(extended(b"x", record(b"GNU.dumpdir", b"Yx\0\0")) + header("a"))
