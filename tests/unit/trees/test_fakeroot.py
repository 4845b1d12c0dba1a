"""What fakeroot said of files, as a tree, and the other way round."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.trees.fakeroot import STAT_FORMAT, recorded_tree, write_record
from nixdock_hook.trees.tree import Entry, Owner, Tree
from tests.support.tools import need

ME, THEM = Owner(1000, 100, "", ""), Owner(7, 0, "", "root")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root/d").mkdir(parents=True)
    (tmp_path / "root/d/file name").write_bytes(b"12345")
    (tmp_path / "root/link").symlink_to("d/none")
    (tmp_path / "root/device").touch()
    return tmp_path / "root"


def listed(root: Path, *fakeroot: str) -> bytes:
    command = [*fakeroot, need("find"), ".", "-mindepth", "1", "-exec", "stat", "--printf", STAT_FORMAT, "{}", "+"]
    return subprocess.run(command, cwd=root, check=True, capture_output=True).stdout


def test_kinds_modes_sizes_and_targets(root: Path) -> None:
    (root / "d").chmod(0o2750)
    tree = recorded_tree(str(root), listed(root))
    assert set(tree) == {b"d", b"d/file name", b"link", b"device"}
    assert (tree[b"d"].kind, tree[b"d"].mode) == ("directory", 0o2750)
    assert (tree[b"d/file name"].kind, tree[b"d/file name"].size) == ("file", 5)
    assert tree[b"d/file name"].origin == (os.fsencode(root / "d/file name"), 0)
    assert (tree[b"link"].kind, tree[b"link"].mode, tree[b"link"].target) == ("symlink", 0o777, b"d/none")
    assert all(entry.is_recorded for entry in tree.values())


def test_what_it_is_told_is_what_it_says(root: Path, tmp_path: Path) -> None:
    given: Tree = {
        b"d": Entry("directory", 0o755, owner=ME),
        b"d/file name": Entry("file", 0o4711, owner=THEM),
        b"device": Entry("char", 0o600, owner=Owner(), device=(5, 1)),
    }
    write_record(given, str(root), str(tmp_path / "record"))
    tree = recorded_tree(str(root), listed(root, need("fakeroot"), "-i", str(tmp_path / "record"), "--"))
    assert {path: (tree[path].kind, tree[path].mode, tree[path].owner, tree[path].device) for path in given} == {
        b"d": ("directory", 0o755, ME, (0, 0)),
        b"d/file name": ("file", 0o4711, THEM, (0, 0)),
        b"device": ("char", 0o600, Owner(), (5, 1)),
    }


def test_a_socket_is_refused(root: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "socket"))
        with pytest.raises(InvalidInput, match="^a script left a socket in /socket: remove it"):
            recorded_tree(str(root), listed(root))
