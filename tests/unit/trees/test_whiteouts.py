"""Files whose names mean deletions, wherever a layer could get one from."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.layers.perms import Perm
from nixdock_hook.layers.source import StoreSource
from nixdock_hook.layers.tar import layer_entries, write_layer
from nixdock_hook.trees.merge import Dirlinks, merge
from nixdock_hook.trees.tree import Entry, Owner, Tree
from nixdock_hook.trees.whiteouts import check_names, check_scripts_names

OWNED = Owner(1, 1, "", "")


def tree(path: Path, name: str) -> str:
    """A directory with one file of this name."""
    file = path / name
    file.parent.mkdir(parents=True)
    file.write_text("x")
    return str(path)


@pytest.mark.parametrize("name", ["share/.wh.bar", ".wh.bar", "a/.wh..wh..opq", ".wh.dir/file"])
@pytest.mark.parametrize("dirlinks", ["conflict", "expand", "keep", "link"])
def test_in_a_root_tree(tmp_path: Path, name: str, dirlinks: Dirlinks) -> None:
    with pytest.raises(InvalidInput) as caught:
        merge([tree(tmp_path / "tree", name)], dirlinks)
    assert f"{tmp_path}/tree/{name.removesuffix('/file')} is called like a whiteout" in str(caught.value)


def test_behind_a_link_that_becomes_a_directory(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    tree(tmp_path / "etc", ".wh.bar")
    (tmp_path / "tree/etc").symlink_to("../etc")
    with pytest.raises(InvalidInput):
        merge([str(tmp_path / "tree"), tree(tmp_path / "other", "etc/a")])


@pytest.mark.parametrize("perms", [(), (Perm("/elsewhere", mode="0644"),)])
def test_in_a_store_path(tmp_path: Path, perms: tuple[Perm, ...]) -> None:
    source = StoreSource((tree(tmp_path / "path", "share/.wh.foo"),), perms=perms)
    for read in (lambda: write_layer(source, lambda block: None), lambda: list(layer_entries(source))):
        with pytest.raises(InvalidInput) as caught:
            read()
        assert f"{tmp_path}/path/share/.wh.foo is called like a whiteout" in str(caught.value)


@pytest.mark.parametrize("name", ["wh.foo", ".whfoo", "a.wh.foo", ".wh", "share/.WH.foo"])
def test_other_names_are_taken(tmp_path: Path, name: str) -> None:
    path = tree(tmp_path / "tree", name)
    assert name.encode() in merge([path])
    assert write_layer(StoreSource((path,)), lambda block: None)


def test_what_a_script_left_in_a_root_tar_was_checked_there() -> None:
    check_names([(b"etc/.wh.foo", Entry("file", 0o644, owner=OWNED))])


@pytest.mark.parametrize(
    ("entry", "on_base", "taken"),
    [
        (Entry("file", 0o644), True, True),
        (Entry("file", 0o644), False, False),
        (Entry("file", 0o644, size=1), True, False),
        (Entry("directory", 0o755), True, False),
        (Entry("symlink", 0o777, target=b"x"), True, False),
    ],
)
@pytest.mark.parametrize("name", [b"etc/.wh.foo", b"etc/.wh..wh..opq"])
def test_a_script_may_mean_an_empty_file_on_a_base(name: bytes, entry: Entry, on_base: bool, taken: bool) -> None:
    left: Tree = {b"etc": Entry("directory", 0o755), name: entry}
    if taken:
        check_scripts_names(left, on_base)
        return
    with pytest.raises(InvalidInput) as caught:
        check_scripts_names(left, on_base)
    assert f"/{name.decode()} is called like a whiteout" in str(caught.value)
