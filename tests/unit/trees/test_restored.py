"""What trees recorded, before and after scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.trees.restored import restored, with_xattrs
from nixdock_hook.trees.tree import Entry, Owner, Tree, entry_of, read_root
from nixdock_hook.trees.unpack import unpack

OWNER = Owner(7, 8, "", "")
XATTRS = (("security.capability", b"\0"),)


@pytest.fixture
def before(tmp_path: Path) -> Tree:
    (tmp_path / "content").write_text("content")
    file = entry_of(bytes(tmp_path / "content"))
    return {
        b"d": Entry("directory", 0o1777, owner=OWNER),
        b"d/f": Entry("file", 0o4111, size=file.size, origin=file.origin, owner=OWNER, xattrs=XATTRS),
        b"d/ours": Entry("file", 0o444, size=file.size, origin=file.origin),
    }


@pytest.fixture
def root(before: Tree, tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    unpack(before, str(tmp_path / "root"), 0o400)
    return tmp_path / "root"


def test_what_a_script_left_alone_is_as_recorded(before: Tree, root: Path) -> None:
    after = restored(read_root(str(root)), before, 0o400)
    assert (after[b"d"].mode, after[b"d"].owner) == (0o1777, OWNER)
    assert (after[b"d/f"].mode, after[b"d/f"].owner, after[b"d/f"].xattrs) == (0o4111, OWNER, XATTRS)
    assert (after[b"d/ours"].mode, after[b"d/ours"].owner) == (0o444, None)


def test_what_a_script_changed_stays_changed(before: Tree, root: Path) -> None:
    (root / "d").chmod(0o700)
    (root / "d/f").chmod(0o700)
    (root / "d/f").write_text("Content")
    after = restored(read_root(str(root)), before, 0o400)
    assert (after[b"d"].mode, after[b"d"].owner) == (0o700, OWNER)
    assert (after[b"d/f"].mode, after[b"d/f"].xattrs) == (0o700, ())


def test_what_a_script_replaced_is_the_scripts(before: Tree, root: Path) -> None:
    (root / "d/f").unlink()
    (root / "d/f").mkdir()
    after = restored(read_root(str(root)), before, 0o400)
    assert (after[b"d/f"].kind, after[b"d/f"].owner) == ("directory", None)


@pytest.mark.parametrize(
    ("owner", "is_same", "kept"), [(OWNER, True, True), (OWNER, False, False), (Owner(), True, False)]
)
def test_attributes_stay_with_content_and_owner(before: Tree, owner: Owner, is_same: bool, kept: bool) -> None:
    after = {b"d/f": Entry("file", 0o555, size=7, owner=owner), b"new": Entry("file", 0o444)}
    found = with_xattrs(after, before, lambda path: is_same)
    assert found[b"d/f"].xattrs == (XATTRS if kept else ())
    assert found.keys() == after.keys()


def test_attributes_of_a_script_join_those_before(before: Tree) -> None:
    after = {b"d/f": Entry("file", 0o555, owner=OWNER, xattrs=(("a.note", b"n"),))}
    assert with_xattrs(after, before, lambda path: True)[b"d/f"].xattrs == (("a.note", b"n"), *XATTRS)
