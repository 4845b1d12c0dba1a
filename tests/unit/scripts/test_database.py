"""The database around scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.scripts.database import after_scripts, with_database, without_found
from nixdock_hook.store.database import DATABASE
from nixdock_hook.trees.tree import Entry, Tree, read_root
from tests.support.recipes import tree

PLACE = DATABASE.encode()
FILE = Entry("file", 0o644)


def database(directory: Path, content: str, *more: str) -> str:
    return str(tree(directory, {DATABASE: content, **dict.fromkeys(more, "")}))


def test_what_the_user_has_wins_and_what_it_deletes_is_gone(tmp_path: Path) -> None:
    made = database(tmp_path / "made", "found", "nix/var/nix/db/.wh.db.sqlite-wal")
    base: Tree = {b"nix/var/nix/db/db.sqlite-wal": FILE, b"etc": Entry("directory", 0o755), b"etc/x": FILE}
    user: Tree = {PLACE: Entry("file", 0o600)}
    present = with_database({}, made, base)
    assert set(base) - set(present) == {b"nix/var/nix/db/db.sqlite-wal"}
    assert present[PLACE].size == 5
    assert with_database(user, made, base)[PLACE] == user[PLACE]
    assert with_database(user, None) == user


@pytest.mark.parametrize(("left", "size"), [("found", 0), ("other", 5), ("longer than that", 16)])
def test_one_that_scripts_did_not_change_is_left_empty(tmp_path: Path, left: str, size: int) -> None:
    found = database(tmp_path / "found", "found")
    after = read_root(database(tmp_path / "after", left))
    assert without_found(after, found)[PLACE].size == size
    assert without_found(after, None) == after


def test_of_the_final_one_what_scripts_left_alone_counts(tmp_path: Path) -> None:
    found = database(tmp_path / "found", "found")
    final = read_root(database(tmp_path / "final", "final", "nix/var/nix/gcroots/docker/new"))
    untouched = without_found(read_root(database(tmp_path / "same", "found")), found)
    kept = after_scripts(final, found, untouched)
    assert kept[PLACE].size == 5 and b"nix/var/nix/gcroots/docker/new" in kept
    changed = without_found(read_root(database(tmp_path / "changed", "other")), found)
    assert PLACE not in after_scripts(final, found, changed)
    assert PLACE not in after_scripts(final, found, {})  # a script removed it
