"""NAR hash and size against the words of Nix itself: `nix-store --dump` here, `nix-store -q` in test_closure.py."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput, StoreChanged
from nixdock_hook.store.nar import (
    BARE_NAR_SIZE,
    DIRECTORY_NAR_SIZE,
    base32,
    base32_hash,
    entry_nar_size,
    file_nar_size,
    nar_hash_and_size,
    symlink_nar_size,
)
from tests.support.tools import need


def plain_file(place: Path) -> None:
    place.write_bytes(b"12345678")


def empty_directory(place: Path) -> None:
    place.mkdir()


def dangling_symlink(place: Path) -> None:
    place.symlink_to("nowhere")


def everything(place: Path) -> None:
    (place / "b" / "empty").mkdir(parents=True)
    (place / "a").symlink_to("b")
    (place / "B").write_bytes(b"")
    (place / "b" / "program").write_bytes(b"#!/bin/sh\n")
    (place / "b" / "program").chmod(0o555)
    os.link(place / "b" / "program", place / "b" / "same")
    (place / "b" / "large").write_bytes(bytes(3 << 20) + b"x")
    (place / "b" / "\N{SNOWMAN}").write_bytes(b"name")
    os.mkdir(os.fsencode(place) + b"/not-utf8-\xff")


@pytest.mark.parametrize("make", [plain_file, empty_directory, dangling_symlink, everything])
def test_the_same_as_nix(tmp_path: Path, make: Callable[[Path], None]) -> None:
    place = tmp_path / "path"
    make(place)
    dump = subprocess.run([need("nix-store"), "--dump", place], capture_output=True, check=True).stdout
    assert nar_hash_and_size(str(place)) == ("sha256:" + base32(hashlib.sha256(dump).digest()), len(dump))


def test_base32_is_nix_own() -> None:
    # nix-hash --type sha256 --to-base32 of the digest of nothing.
    assert base32(hashlib.sha256().digest()) == "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"


def test_a_path_that_vanished(tmp_path: Path) -> None:
    with pytest.raises(StoreChanged, match="missing in .*gone: nix-store --repair-path"):
        nar_hash_and_size(str(tmp_path / "gone"))


def test_a_socket_has_no_nar(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        with pytest.raises(InvalidInput, match="socket, fifo or device"):
            nar_hash_and_size(str(tmp_path))


def test_depth_has_no_limit(tmp_path: Path) -> None:
    path = tmp_path / "path"
    subprocess.run(["mkdir", "-p", path / ("d/" * 400)], check=True)
    dump = subprocess.run([need("nix-store"), "--dump", path], capture_output=True, check=True).stdout
    assert nar_hash_and_size(str(path)) == ("sha256:" + base32(hashlib.sha256(dump).digest()), len(dump))


@pytest.mark.parametrize(
    "given",
    [
        "sha256:" + "00" * 31 + "ff",
        "sha256-" + base64.b64encode(bytes(31) + b"\xff").decode(),
        "sha256:" + base32(bytes(31) + b"\xff"),
    ],
)
def test_one_form_of_all_that_nix_has_for_a_hash(given: str) -> None:
    assert base32_hash(given) == "sha256:" + base32(bytes(31) + b"\xff")


@pytest.mark.parametrize("given", ["", "x", "sha256-no base 64!", "sha256:" + "g" * 64])
def test_what_is_no_hash_stays(given: str) -> None:
    assert base32_hash(given) == given


def size_without_reading(place: Path) -> int:
    if place.is_symlink():
        return symlink_nar_size(os.fsencode(os.readlink(place)))
    if place.is_dir():
        inside = (entry_nar_size(os.fsencode(one.name)) + size_without_reading(one) for one in place.iterdir())
        return DIRECTORY_NAR_SIZE + sum(inside)
    status = place.stat()
    return file_nar_size(bool(status.st_mode & 0o100), status.st_size)


@pytest.mark.parametrize("make", [plain_file, empty_directory, dangling_symlink, everything])
def test_the_size_is_known_without_reading(tmp_path: Path, make: Callable[[Path], None]) -> None:
    place = tmp_path / "path"
    make(place)
    assert BARE_NAR_SIZE + size_without_reading(place) == nar_hash_and_size(str(place))[1]
