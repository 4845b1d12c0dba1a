"""Tars that other tools wrote, and tars that nobody should have written."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.oci.tar_members import member_path, read_members
from tests.support.images import layer
from tests.support.tools import need

BLOCK = 512
FILES = {"a": b"1" * 1000, "b": b"2" * 1000, "c": b"3" * 1000}
TAR = layer(FILES)
END_OF_CONTENT = 3 * (BLOCK + 2 * BLOCK)


def names(data: bytes) -> list[bytes]:
    return [info.name for info in read_members(io.BytesIO(data), "here")]


def test_members_with_where_their_content_is() -> None:
    found = {info.name.decode(): TAR[info.offset :][: info.size] for info in read_members(io.BytesIO(TAR), "here")}
    assert found == FILES


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("name", ["d/" * 200 + "f", "ü" * 90, "caf\udce9"])
def test_long_and_strange_names(form: int, name: str) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, encoding="utf-8", errors="surrogateescape") as tar:
        link = tarfile.TarInfo(name)
        link.type, link.linkname = tarfile.SYMTYPE, name + "2"
        tar.addfile(link)
    (info,) = read_members(io.BytesIO(buffer.getvalue()), "here")
    assert (info.kind, info.name, info.target) == ("symlink", os.fsencode(name), os.fsencode(name) + b"2")


@pytest.mark.parametrize("form", ["v7", "ustar", "gnu", "oldgnu", "posix"])
def test_what_gnu_tar_writes(form: str, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/f").write_bytes(b"content")
    os.symlink("f", tmp_path / "d/l")
    os.link(tmp_path / "d/f", tmp_path / "d/z")
    command = [need("tar"), "-c", f"--format={form}", "--sort=name", "-C", str(tmp_path), "./d"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    members = read_members(io.BytesIO(data), "here")
    found = {member.name.rstrip(b"/"): (member.kind, member.target, member.size) for member in members}
    file, symlink, hard_link = ("file", b"", 7), ("symlink", b"f", 0), ("hardlink", b"./d/f", 0)
    assert found == {b"./d": ("directory", b"", 0), b"./d/f": file, b"./d/l": symlink, b"./d/z": hard_link}


@pytest.mark.parametrize("form", ["gnu", "posix"])
def test_sparse_files_have_their_real_name_and_size(form: str, tmp_path: Path) -> None:
    with (tmp_path / "hole").open("wb") as file:
        for offset in range(0, 10 << 20, 1 << 18):  # More pieces than one header has room for.
            file.seek(offset)
            file.write(b"x")
        file.truncate(50 << 20)
    command = [need("tar"), "-cS", f"--format={form}", "-C", str(tmp_path), "hole"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    assert len(data) < 1 << 20
    (info,) = read_members(io.BytesIO(data), "here")
    assert (info.name, info.size, info.sparse) == (b"hole", 50 << 20, True)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_length_of_name_is_read_as_tarfile_reads_it(form: int) -> None:
    longest = 250 if form == tarfile.USTAR_FORMAT else 1200
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for length in range(1, longest, 7):
            info = tarfile.TarInfo(("d" * 29 + "/") * (length // 30) + "f" * (length % 30 or 1))
            info.size = length
            tar.addfile(info, io.BytesIO(b"x" * length))
    with tarfile.open(fileobj=io.BytesIO(buffer.getvalue())) as tar:
        expected = [(info.name.encode(), info.size, info.offset_data) for info in tar]
    found = read_members(io.BytesIO(buffer.getvalue()), "here")
    assert [(member.name, member.size, member.offset) for member in found] == expected


def header(name: str = "n", size: int = 0, kind: bytes = tarfile.REGTYPE, form: int = tarfile.GNU_FORMAT) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(form)


def extended(kind: bytes, records: bytes) -> bytes:
    return header("x", len(records), kind) + records + bytes(-len(records) % BLOCK)


def test_a_size_in_base_256() -> None:
    members = read_members(io.BytesIO(header(size=9 << 30)), "here")
    assert next(members).size == 9 << 30
    with pytest.raises(InvalidImage, match="it ends within a member"):
        next(members)


def test_records_for_all_members_give_way_to_those_for_one() -> None:
    data = extended(b"g", b"10 path=g\n") + header("a") + extended(b"x", b"10 path=x\n") + header("b") + header("c")
    assert names(data) == [b"g", b"x", b"g"]


def test_a_record_without_value_is_taken_back() -> None:
    assert names(extended(b"x", b"8 path=\n") + header("a")) == [b"a"]


def test_the_oldest_directories_are_known_by_their_names() -> None:
    (member,) = read_members(io.BytesIO(header("d/", kind=tarfile.AREGTYPE)), "here")
    assert member.kind == "directory"


@pytest.mark.parametrize("kind", [tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_members_without_content_have_none_whatever_their_size_says(kind: bytes) -> None:
    found = read_members(io.BytesIO(header("a", 1000, kind) + header("b")), "here")
    assert [(member.name.rstrip(b"/"), member.size) for member in found] == [(b"a", 0), (b"b", 0)]


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        (b"no record", "a wrong record in an extended header"),
        (b"99 path=x\n", "a wrong record in an extended header"),
        (b"0 path=x\n", "a wrong record in an extended header"),
        (b"8 path=xy\n", "a wrong record in an extended header"),
        (b"11 size=-1\n", "a size that is no number"),
        (b"5012 size=" + b"9" * 5001 + b"\n", "a size that is no number"),
        (b"22 size=9999999999999\n", "a member of 9999999999999 bytes"),
        (b"9" * 5000 + b" path=x\n", "a wrong record in an extended header"),
    ],
)
def test_wrong_records(records: bytes, problem: str) -> None:
    with pytest.raises(InvalidImage, match=problem):
        names(extended(b"x", records) + header())


def test_a_record_that_would_fill_the_memory() -> None:
    with pytest.raises(InvalidImage, match="an extended header of 8589934592 bytes"):
        names(header("x", 8 << 30, b"L"))


@pytest.mark.parametrize("kind", [b"x", b"L", b"S"])
def test_headers_that_are_cut_off(kind: bytes) -> None:
    block = bytearray(header("x", 100, kind))
    block[482] = 1  # A sparse map that goes on.
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    with pytest.raises(InvalidImage, match="is cut off"):
        names(bytes(block) + b"x" * 99)


@pytest.mark.parametrize("data", [b"", bytes(BLOCK), bytes(2 * BLOCK), bytes(10240)])
def test_tars_without_members(data: bytes) -> None:
    assert names(data) == []


@pytest.mark.parametrize("length", [END_OF_CONTENT, END_OF_CONTENT + BLOCK])
def test_missing_end_blocks_are_no_damage(length: int) -> None:
    assert names(TAR[:length]) == [b"a", b"b", b"c"]


def test_bytes_behind_the_end_are_passed_over() -> None:
    assert names(TAR + b"rubbish") == [b"a", b"b", b"c"]


@pytest.mark.parametrize("length", [1, 100, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 100, END_OF_CONTENT - BLOCK])
def test_a_truncated_tar(length: int) -> None:
    with pytest.raises(InvalidImage, match=r"damaged or truncated tar \(.*\) in here: get it again"):
        names(TAR[:length])


@pytest.mark.parametrize("position", [0, 3 * BLOCK, 6 * BLOCK])
def test_a_damaged_header_is_not_the_end(position: int) -> None:
    data = bytearray(TAR)
    data[position + 1] ^= 0xFF
    with pytest.raises(InvalidImage, match="damaged or truncated tar"):
        names(bytes(data))


def test_no_tar_at_all() -> None:
    with pytest.raises(InvalidImage, match="damaged or truncated tar"):
        names(b"#!/bin/sh\n" * 1000)


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        (b"\xff" * 10 + b"\xfc\x00", "a negative size"),  # Base 256: minus 1024.
        (b"-0000002000\0", "a negative size"),
        (b"\x80" + b"\x7f" * 11, "a member of [0-9]{27} bytes"),
        (b"twelvebytes\0", "a number that is none"),
    ],
)
def test_a_bad_size(size: bytes, problem: str) -> None:
    block = bytearray(header())
    block[124:136] = size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    with pytest.raises(InvalidImage, match=problem):
        names(TAR[: 3 * BLOCK] + block + TAR[: 3 * BLOCK])


@pytest.mark.parametrize(
    ("name", "path"), [("a/b", "a/b"), ("./a//b/", "a/b"), ("/a", "a"), ("//a", "a"), ("a/../b", "b"), (".", ".")]
)
def test_one_form_of_names(name: str, path: str) -> None:
    assert member_path(name, "here") == path


@pytest.mark.parametrize("name", ["..", "../a", "/../a", "a/../../b", "./../a"])
def test_names_that_climb_out(name: str) -> None:
    with pytest.raises(InvalidImage, match="climbs out of the archive in here: "):
        member_path(name, "here")
