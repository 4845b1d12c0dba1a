"""Tars that other tools wrote, and tars that nobody should have written."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from nixdock_hook.bases.tar_members import (
    MOST_DEVICE,
    MOST_HEADER_BYTES,
    MOST_HEADERS,
    MOST_ID,
    MOST_NAME_BYTES,
    read_members,
)
from nixdock_hook.errors import InvalidImage
from tests.support.images import layer
from tests.support.tar_blocks import BLOCK, extended, header, record, summed
from tests.support.tools import need

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


@pytest.mark.parametrize("form", ["gnu", "posix --sparse-version=0.0", "posix --sparse-version=0.1", "posix"])
def test_sparse_files_are_refused(form: str, tmp_path: Path) -> None:
    with (tmp_path / "hole").open("wb") as file:
        for offset in range(0, 10 << 20, 1 << 18):  # More pieces than one header has room for.
            file.seek(offset)
            file.write(b"x")
        file.truncate(50 << 20)
    command = [need("tar"), "-cS", *f"--format={form}".split(), "-C", str(tmp_path), "hole"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    assert len(data) < 1 << 20
    with pytest.raises(InvalidImage, match=r"a tar with .*a sparse file in here: make it without tar's --sparse"):
        names(data)


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


@pytest.mark.parametrize("count", [MOST_HEADERS, MOST_HEADERS + 1, 100_000])
def test_a_chain_of_extended_headers(count: int) -> None:
    data = extended(b"x", b"13 comment=x\n") * count + header("a")
    if count <= MOST_HEADERS:
        assert names(data) == [b"a"]
    else:
        with pytest.raises(InvalidImage, match=f"more than {MOST_HEADERS} extended headers for one member"):
            names(data)


def test_an_extended_header_without_its_member() -> None:
    with pytest.raises(InvalidImage, match="an extended header without its member"):
        names(header("a") + extended(b"x", b"10 path=x\n"))
    assert names(extended(b"g", b"13 comment=x\n")) == []  # what `git archive` writes of an empty commit


@pytest.mark.parametrize("length", [1 << 20, (1 << 20) + 1])
def test_how_long_an_extended_header_may_be(length: int) -> None:
    record = b"%d comment=" % length
    data = extended(b"x", record + b"x" * (length - len(record) - 1) + b"\n") + header("a")
    if length <= MOST_HEADER_BYTES:
        assert names(data) == [b"a"]
    else:
        with pytest.raises(InvalidImage, match="an extended header of 1048577 bytes in here: nixdock reads 1048576"):
            names(data)


@pytest.mark.parametrize("length", [4096, 4097])
def test_how_long_names_and_targets_may_be(length: int) -> None:
    link = header("a", kind=tarfile.SYMTYPE)
    for kind, what, member in [(b"L", "name", header("a")), (b"K", "target", link)]:
        data = extended(kind, b"n" * length) + member
        if length <= MOST_NAME_BYTES:
            (found,) = read_members(io.BytesIO(data), "here")
            assert len(found.target or found.name) == length
        else:
            with pytest.raises(InvalidImage, match=f"a tar with a {what} of 4097 bytes "):
                names(data)


@pytest.mark.parametrize("number", [4294967294, 4294967295])
def test_which_owners_there_are(number: int) -> None:
    data = extended(b"x", record(b"uid", b"%d" % number)) + header("a")
    if number <= MOST_ID:
        (member,) = read_members(io.BytesIO(data), "here")
        assert (member.uid, member.gid) == (number, 0)
    else:
        with pytest.raises(InvalidImage, match="an owner with the number 4294967295 in here: Linux has numbers up to"):
            names(data)


@pytest.mark.parametrize("device", [(4095, 1048575), (4096, 0), (0, 1048576), ((1 << 55) - 1, 0)])
def test_which_devices_there_are(device: tuple[int, int]) -> None:
    block = bytearray(header("d", kind=tarfile.CHRTYPE))
    for start, number in zip((329, 337), device, strict=True):
        block[start : start + 8] = (0x80 << 56 | number).to_bytes(8, "big")
    data = summed(block)
    if device == MOST_DEVICE:
        (member,) = read_members(io.BytesIO(data), "here")
        assert member.device == device
    else:
        with pytest.raises(InvalidImage, match=f"'d', a device with the numbers {device[0]}, {device[1]} in here: "):
            names(data)


def test_a_lone_block_of_zeros_is_no_end_for_go() -> None:
    with pytest.raises(InvalidImage, match="a lone block of zeros amid its members"):
        names(header("a") + bytes(BLOCK) + header("b"))


def test_a_file_with_the_name_of_a_directory() -> None:
    with pytest.raises(InvalidImage, match="'a/', a file by its type and a directory by its name"):
        names(header("a/", kind=tarfile.CONTTYPE))


def test_the_size_of_a_hard_link_is_passed_over() -> None:
    assert names(header("a", 1000, tarfile.LNKTYPE, "b")) == [b"a"]


def test_a_content_may_be_read_before_the_next_member() -> None:
    file = io.BytesIO(TAR)
    found = [(member.name, file.seek(member.offset), file.read(member.size)) for member in read_members(file, "here")]
    assert {name.decode(): content for name, _, content in found} == FILES


def test_the_oldest_directories_are_known_by_their_names() -> None:
    (member,) = read_members(io.BytesIO(header("d/", kind=tarfile.AREGTYPE)), "here")
    assert member.kind == "directory"


@pytest.mark.parametrize("kind", [tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.FIFOTYPE])
def test_members_that_have_no_content_and_a_size_all_the_same(kind: bytes) -> None:
    with pytest.raises(InvalidImage, match=r"a tar with a (directory|symlink|fifo) of 1000 bytes in here: pack it"):
        names(header("a", 1000, kind) + header("b"))


def test_a_record_that_would_fill_the_memory() -> None:
    with pytest.raises(InvalidImage, match="an extended header of 8589934592 bytes"):
        names(header("x", 8 << 30, b"L"))


@pytest.mark.parametrize("kind", [b"x", b"L"])
def test_headers_that_are_cut_off(kind: bytes) -> None:
    with pytest.raises(InvalidImage, match="is cut off"):
        names(header("x", 100, kind) + b"x" * 99)


@pytest.mark.parametrize("data", [b"", bytes(BLOCK), bytes(2 * BLOCK), bytes(10240)])
def test_tars_without_members(data: bytes) -> None:
    assert names(data) == []


@pytest.mark.parametrize("length", [END_OF_CONTENT, END_OF_CONTENT + BLOCK])
def test_missing_end_blocks_are_no_damage(length: int) -> None:
    assert names(TAR[:length]) == [b"a", b"b", b"c"]


def test_an_end_block_that_is_cut_off() -> None:
    with pytest.raises(InvalidImage, match="a header is cut off"):
        names(TAR[: END_OF_CONTENT + 100])


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
