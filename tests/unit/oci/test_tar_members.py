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


def names(data: bytes) -> list[str]:
    return [info.name for info in read_members(io.BytesIO(data), "here")]


def test_members_with_where_their_content_is() -> None:
    found = {info.name: TAR[info.offset_data :][: info.size] for info in read_members(io.BytesIO(TAR), "here")}
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
    assert (info.name, info.linkname) == (name, name + "2")


@pytest.mark.parametrize("form", ["v7", "ustar", "gnu", "oldgnu", "posix"])
def test_what_gnu_tar_writes(form: str, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/f").write_bytes(b"content")
    os.symlink("f", tmp_path / "d/l")
    os.link(tmp_path / "d/f", tmp_path / "d/z")
    command = [need("tar"), "-c", f"--format={form}", "--sort=name", "-C", str(tmp_path), "./d"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    found = {info.name: (info.isdir(), info.linkname, info.size) for info in read_members(io.BytesIO(data), "here")}
    file, symlink, hard_link = (False, "", 7), (False, "f", 0), (False, "./d/f", 0)
    assert found == {"./d": (True, "", 0), "./d/f": file, "./d/l": symlink, "./d/z": hard_link}


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
    assert [(info.name, info.size) for info in read_members(io.BytesIO(data), "here")] == [("hole", 50 << 20)]


@pytest.mark.parametrize("data", [b"", bytes(BLOCK), bytes(2 * BLOCK), bytes(10240)])
def test_tars_without_members(data: bytes) -> None:
    assert names(data) == []


@pytest.mark.parametrize("length", [END_OF_CONTENT, END_OF_CONTENT + BLOCK])
def test_missing_end_blocks_are_no_damage(length: int) -> None:
    assert names(TAR[:length]) == ["a", "b", "c"]


def test_bytes_behind_the_end_are_passed_over() -> None:
    assert names(TAR + b"rubbish") == ["a", "b", "c"]


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


def test_a_negative_size_does_not_go_round_and_round() -> None:
    header = bytearray(TAR[:BLOCK])
    header[124:136] = b"\xff" * 10 + b"\xfc\x00"  # Base 256: minus 1024.
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    with pytest.raises(InvalidImage, match="negative size"):
        names(TAR[: 3 * BLOCK] + header + TAR[: 3 * BLOCK])


@pytest.mark.parametrize(
    ("name", "path"), [("a/b", "a/b"), ("./a//b/", "a/b"), ("/a", "a"), ("//a", "a"), ("a/../b", "b"), (".", ".")]
)
def test_one_form_of_names(name: str, path: str) -> None:
    assert member_path(name, "here") == path


@pytest.mark.parametrize("name", ["..", "../a", "/../a", "a/../../b", "./../a"])
def test_names_that_climb_out(name: str) -> None:
    with pytest.raises(InvalidImage, match="climbs out of the archive in here: "):
        member_path(name, "here")
