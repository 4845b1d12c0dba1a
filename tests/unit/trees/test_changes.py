from __future__ import annotations

from nixdock_hook.trees.changes import layer_of_changes
from nixdock_hook.trees.tree import Entry, Tree

DIRECTORY = Entry("directory", 0o755)
FILE = Entry("file", 0o644, size=1)
LINK = Entry("symlink", 0o777, target=b"a")


def changes(before: Tree, after: Tree, *other_files: bytes) -> list[bytes]:
    """The names in the layer, where all files but these are the ones that they were."""
    return sorted(layer_of_changes(before, after, lambda path: path not in other_files))


def test_nothing_changed() -> None:
    tree = {b"d": DIRECTORY, b"d/a": FILE, b"d/l": LINK}
    assert changes(tree, tree) == []


def test_what_is_new_comes_with_its_parents() -> None:
    assert changes({b"d": DIRECTORY}, {b"d": DIRECTORY, b"d/a": FILE}) == [b"d", b"d/a"]


def test_a_file_with_other_content() -> None:
    assert changes({b"a": FILE, b"b": FILE}, {b"a": FILE, b"b": FILE}, b"b") == [b"b"]


def test_another_mode() -> None:
    assert changes({b"a": FILE}, {b"a": Entry("file", 0o600, size=1)}) == [b"a"]


def test_the_mode_of_a_symlink_says_nothing() -> None:
    assert changes({b"l": Entry("symlink", 0o755, target=b"a")}, {b"l": LINK}) == []


def test_what_is_gone_is_hidden_but_not_what_was_below_it() -> None:
    assert changes({b"d": DIRECTORY, b"d/a": FILE, b"e": DIRECTORY}, {b"e": DIRECTORY}) == [b".wh.d"]


def test_a_directory_that_became_a_file_needs_no_whiteout() -> None:
    assert changes({b"d": DIRECTORY, b"d/a": FILE}, {b"d": FILE}, b"d") == [b"d"]


def test_a_directory_that_was_replaced_is_opaque_and_whole() -> None:
    before = {b"d": DIRECTORY, b"d/a": FILE, b"d/b": FILE}
    assert changes(before, {b"d": DIRECTORY, b"d/b": FILE}, b"d") == [b"d", b"d/.wh..wh..opq", b"d/b"]
