from __future__ import annotations

import pytest

from nixdock_hook.trees.tree import Entry, Owner, Tree
from nixdock_hook.trees.unfolded import folded

DIRECTORY, ROOT = Entry("directory", 0o755), Owner(0, 0)
LINKED: Tree = {b"share": Entry("symlink", 0o777, target=b"/nix/store/x/share")}
UNFOLDED: Tree = {
    b"share": DIRECTORY,
    b"share/doc": DIRECTORY,
    b"share/doc/a": Entry("symlink", 0o777, target=b"/nix/store/x/share/doc/a"),
}


@pytest.mark.parametrize("owner", [None, ROOT])
def test_what_no_script_touched_is_a_symlink_again(owner: Owner | None) -> None:
    left = {path: Entry(e.kind, e.mode, target=e.target, owner=owner) for path, e in UNFOLDED.items()}
    assert folded(left | {b"made": DIRECTORY}, UNFOLDED, LINKED) == {
        b"share": Entry("symlink", 0o777, target=b"/nix/store/x/share", owner=owner),
        b"made": DIRECTORY,
    }


@pytest.mark.parametrize(
    "change",
    [
        {b"share/doc/new": Entry("file", 0o644)},
        {b"share/doc/a": Entry("file", 0o644)},
        {b"share/doc": Entry("directory", 0o700)},
        {b"share/doc": Entry("directory", 0o755, owner=Owner(1, 0))},
    ],
)
def test_what_a_script_changed_stays_a_directory(change: Tree) -> None:
    assert folded(UNFOLDED | change, UNFOLDED, LINKED) == UNFOLDED | change


def test_what_a_script_removed_stays_away() -> None:
    assert folded({}, UNFOLDED, LINKED) == {}
    without = {path: entry for path, entry in UNFOLDED.items() if path != b"share/doc/a"}
    assert folded(without, UNFOLDED, LINKED) == without
