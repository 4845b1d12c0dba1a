"""When a store path of a base is the one that is here."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest

from nixdock_hook.bases.tar_members import read_members
from nixdock_hook.errors import StoreChanged
from nixdock_hook.trees.identity import (
    DIRECTORY,
    FILE,
    PROGRAM,
    SYMLINK,
    UNKNOWN,
    member_kind,
    of_bytes,
    path_digest,
    tree_digest,
)
from nixdock_hook.trees.overlay import Directory
from tests.support.images import Files, layer


def kind(mode: int, files: Files) -> bytes:
    [member] = read_members(BytesIO(layer(files, mode=mode)), "here")
    return member_kind(member)


@pytest.mark.parametrize(
    ("mode", "file", "directory"),
    [
        (0o444, FILE, UNKNOWN),
        (0o555, PROGRAM, DIRECTORY),
        (0o644, FILE, UNKNOWN),
        (0o755, PROGRAM, DIRECTORY),
        (0o4555, UNKNOWN, UNKNOWN),
        (0o666, UNKNOWN, UNKNOWN),
        (0o440, UNKNOWN, UNKNOWN),
        (0o544, UNKNOWN, UNKNOWN),
    ],
)
def test_modes_that_a_store_path_may_have(mode: int, file: bytes, directory: bytes) -> None:
    assert (kind(mode, {"a": b""}), kind(mode, {"a": None})) == (file, directory)
    assert kind(mode, {"a": "b"}) == SYMLINK


def here(path: Path) -> str:
    """A path whose digest nobody has asked for yet."""
    (path / "bin").mkdir(parents=True)
    (path / "bin/program").write_bytes(b"#!")
    (path / "bin/program").chmod(0o555)
    (path / "link").symlink_to("bin/program")
    return path_digest(str(path))


def in_layers(**changes: bytes) -> str:
    node: Directory[bytes] = Directory()
    node[b"bin"] = below = Directory[bytes]()
    below[b"program"] = changes.get("program", of_bytes(PROGRAM, [b"#", b"!"]))
    node[b"link"] = changes.get("link", of_bytes(SYMLINK, [b"bin/program"]))
    if "more" in changes:
        node[b"more"] = changes["more"]
    return tree_digest(node)


def test_the_same_content_is_the_same_digest(tmp_path: Path) -> None:
    assert here(tmp_path / "path") == in_layers()


@pytest.mark.parametrize(
    "change",
    [
        {"program": of_bytes(FILE, [b"#!"])},
        {"program": of_bytes(PROGRAM, [b"#?"])},
        {"link": of_bytes(SYMLINK, [b"bin"])},
        {"program": UNKNOWN},
        {"more": of_bytes(FILE, [b""])},
    ],
)
def test_any_other_content_is_another(tmp_path: Path, change: dict[str, bytes]) -> None:
    assert here(tmp_path / "path") != in_layers(**change)


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreChanged, match="cannot read the store path"):
        path_digest(str(tmp_path / "gone"))


def test_something_else_is_never_the_same(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert path_digest(str(tmp_path / "fifo")) != tree_digest(UNKNOWN)
