from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.images import programs
from nixdock_hook.images.programs import check_programs
from tests.support.elf import elf

ARM64, AMD64, I386 = elf(183), elf(62), elf(3, bits=32)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is the store."""
    place = tmp_path / "store"
    place.mkdir()
    monkeypatch.setattr(programs, "_STORE", f"{place}/")
    return place


def add(place: Path, data: bytes, mode: int = 0o555) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    place.chmod(mode)
    return place


def refused(trees: list[Path], config: dict[str, Any], architecture: str = "amd64") -> str:
    with pytest.raises(InvalidInput) as caught:
        check_programs(architecture, map(str, trees), config)
    return caught.value.what


@pytest.mark.parametrize("directory", ["bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin"])
def test_a_program_in_a_tree(store: Path, directory: str) -> None:
    file = add(store / "tree" / directory / "x", ARM64)
    assert refused([store / "tree"], {}) == f"{file} is a program for arm64, and the image is for amd64"
    check_programs("arm64", [str(store / "tree")], {})


def test_a_program_itself(store: Path) -> None:
    file = add(store / "package/bin/x", ARM64)
    assert refused([file], {}) == f"{file} is a program for arm64, and the image is for amd64"
    check_programs("amd64", map(str, [add(store / "root.tar", ARM64, mode=0o444), store / "none"]), {})


def test_through_links_of_a_union_of_trees(store: Path) -> None:
    file = add(store / "package/bin/x", ARM64)
    (store / "union").mkdir()
    (store / "union/bin").symlink_to(store / "package/bin")
    assert str(file) in refused([store / "union"], {})


@pytest.mark.parametrize("key", ["Entrypoint", "Cmd"])
def test_the_program_that_the_image_starts(store: Path, key: str) -> None:
    file = add(store / "package/libexec/x", ARM64)
    assert str(file) in refused([], {key: [str(file), "-v"]})
    assert str(file) in refused([store / "package"], {key: ["/libexec/x"]})
    check_programs("amd64", [], {key: ["x", str(file)]})  # an argument, of an emulator perhaps


def test_a_command_is_no_program_where_there_is_an_entrypoint(store: Path) -> None:
    file = add(store / "package/libexec/x", ARM64)
    check_programs("amd64", [], {"Entrypoint": ["emulator"], "Cmd": [str(file)]})


def test_the_interpreter_of_the_script_that_is_started(store: Path) -> None:
    shell = add(store / "shell/bin/sh", ARM64)
    script = add(store / "tree/libexec/script", f"#! {shell} -e\n".encode())
    expected = f"{shell} is a program for arm64, and the image is for amd64"
    assert refused([], {"Cmd": [str(script)]}) == refused([store / "tree"], {"Cmd": ["/libexec/script"]}) == expected


def test_the_interpreter_of_a_script_for_developers(store: Path) -> None:
    shell = add(store / "shell/bin/sh", ARM64)
    add(store / "tree/bin/x-config", f"#!{shell}\n".encode())
    check_programs("amd64", [str(store / "tree")], {"Cmd": ["/bin/x"]})


@pytest.mark.parametrize("line", [b"#!/bin/sh\n", b"#!\n", b"#!", b"#! /usr/bin/env python3\n", b"#! \n/nix"])
def test_an_interpreter_of_the_image_is_not_this_machines(store: Path, line: bytes) -> None:
    script = add(store / "tree/bin/script", line)
    check_programs("s390x", [str(store / "tree")], {"Cmd": [str(script)]})


def test_what_is_none_of_the_images_programs(store: Path, tmp_path: Path) -> None:
    add(store / "tree/lib/firmware.so", ARM64)
    add(store / "tree/bin/data", ARM64, mode=0o444)
    add(store / "tree/bin/x", I386)
    add(store / "tree/bin/y", AMD64)
    (store / "tree/bin/dangling").symlink_to(store / "nowhere")
    (store / "tree/bin/of-this-machine").symlink_to(add(tmp_path / "machine/x", ARM64))
    (store / "tree/bin/directory").mkdir()
    check_programs("amd64", [str(store / "tree"), str(store / "root.tar")], {"Cmd": ["/nowhere"], "Entrypoint": None})
