from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.trees.merge import Dirlinks, merge
from nixdock_hook.trees.tree import Owner
from tests.support import images

Files = Mapping[str, str | None]
"""Name -> content of a file; None = a directory; a content that begins with "->" = a symlink."""


def make(place: Path, files: Files) -> str:
    place.mkdir()
    for name, content in files.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            file.mkdir()
        elif content.startswith("->"):
            file.symlink_to(content[2:])
        else:
            file.write_text(content)
    return str(place)


def union(tmp_path: Path, *trees: Files, dirlinks: Dirlinks = "conflict") -> dict[str, str | None]:
    roots = [make(tmp_path / f"tree-{number}", files) for number, files in enumerate(trees)]
    shown: dict[str, str | None] = {}
    for name, entry in merge(roots, dirlinks).items():
        match entry.kind:
            case "directory":
                shown[name.decode()] = None
            case "symlink":
                shown[name.decode()] = "->" + entry.target.decode()
            case _:
                shown[name.decode()] = Path(entry.origin[0].decode()).read_text()
    return shown


def test_directories_join_and_the_later_file_wins(tmp_path: Path) -> None:
    first, second = {"etc/a": "1", "etc/b": "1"}, {"etc/b": "2", "bin/c": "2"}
    assert union(tmp_path, first, second) == {"etc": None, "etc/a": "1", "etc/b": "2", "bin": None, "bin/c": "2"}


FILE_AND_DIRECTORY: list[tuple[Files, Files]] = [
    ({"x/a/b": "1"}, {"x": "2"}),
    ({"x": "1"}, {"x/a": "2"}),
    ({"x/a": "1"}, {"file": "2", "x": "->file"}),
    ({"y/a": "1", "x": "->y"}, {"x": "2", "y": None}),
]


@pytest.mark.parametrize("dirlinks", ["expand", "link"])
@pytest.mark.parametrize(("first", "second"), FILE_AND_DIRECTORY)
def test_a_file_against_a_directory_names_both(tmp_path: Path, first: Files, second: Files, dirlinks: Dirlinks) -> None:
    if dirlinks == "link" and first.get("x") == "->y":
        return  # a link that stays one
    one, other = f"{tmp_path}/tree-0", f"{tmp_path}/tree-1"
    if dirlinks == "link":
        one, other = other, one
    with pytest.raises(InvalidInput, match=f"^/x of {one} and of {other} is a directory in one and a file in the"):
        union(tmp_path, first, second, dirlinks=dirlinks)


@pytest.mark.parametrize("dirlinks", ["expand", "conflict", "link", "unfold"])
def test_a_link_that_climbs_out_of_its_tree_is_not_followed(tmp_path: Path, dirlinks: Dirlinks) -> None:
    """Where it leads to is another place on each machine."""
    make(tmp_path / "machine", {"secret": "s"})
    (tmp_path / "store").mkdir()
    trees: tuple[Files, ...] = ({"up": "->../../machine", "a/up": "->../../../machine"}, {"up/x": "1"})
    found = union(tmp_path / "store", *trees, dirlinks=dirlinks)
    assert not [name for name in found if "secret" in name]
    assert str(found["a/up"]).startswith("->")


def test_a_link_to_nowhere_gives_way_to_a_directory(tmp_path: Path) -> None:
    assert union(tmp_path, {"x": "->nowhere"}, {"x/a": "2"}) == {"x": None, "x/a": "2"}


def test_in_a_tree_of_links_etc_is_a_directory_and_others_stay_links(tmp_path: Path) -> None:
    shown = union(tmp_path, {"a/etc/passwd": "1", "etc": "->a/etc", "bin": "->a"}, dirlinks="link")
    assert (shown["etc"], shown["bin"]) == (None, "->a")
    assert str(shown["etc/passwd"]).endswith("tree-0/etc/passwd")


def test_symlinks_stay_symlinks_where_nothing_conflicts(tmp_path: Path) -> None:
    tree = {"lib/a": "1", "lib64": "->lib", "broken": "->nowhere"}
    assert union(tmp_path, tree) == {"lib": None, "lib/a": "1", "lib64": "->lib", "broken": "->nowhere"}


@pytest.mark.parametrize("link_first", [True, False])
def test_a_link_to_a_directory_becomes_one_where_another_tree_has_a_directory(tmp_path: Path, link_first: bool) -> None:
    linked, real = {"usr/bin/a": "1", "bin": "->usr/bin"}, {"bin/b": "2"}
    trees = (linked, real) if link_first else (real, linked)
    expected = {"usr": None, "usr/bin": None, "usr/bin/a": "1", "bin": None, "bin/a": "1", "bin/b": "2"}
    assert union(tmp_path, *trees) == expected


def test_an_expanded_link_can_bring_further_conflicts(tmp_path: Path) -> None:
    linked = {"real/sub/a": "1", "x": "->real"}
    also_linked = {"other/b": "2", "x/sub": "->../other"}
    shown = union(tmp_path, linked, also_linked)
    assert shown["x/sub"] is None and shown["x/sub/a"] == "1" and shown["x/sub/b"] == "2"


def test_on_a_base_every_link_to_a_directory_becomes_one(tmp_path: Path) -> None:
    tree = {"usr/bin/a": "1", "bin": "->usr/bin", "file": "->usr/bin/a", "broken": "->nowhere"}
    shown = union(tmp_path, tree, dirlinks="expand")
    assert shown["bin"] is None and shown["bin/a"] == "1"
    assert shown["file"] == "->usr/bin/a" and shown["broken"] == "->nowhere"


def test_a_link_to_a_directory_that_it_is_in_stays_one(tmp_path: Path) -> None:
    # As in ncurses: without end, two of them would double the tree with each of the 40 links that Linux follows.
    tree = {"include/a.h": "1", "include/ncurses": "->.", "include/ncursesw": "->../include", "up": "->include/.."}
    assert union(tmp_path, tree, dirlinks="expand") == tree | {"include": None}


def test_such_a_link_gives_way_to_a_directory(tmp_path: Path) -> None:
    shown = union(tmp_path, {"d/a": "1", "d/self": "->."}, {"d/self/b": "2"}, dirlinks="expand")
    assert shown == {"d": None, "d/a": "1", "d/self": None, "d/self/a": "1", "d/self/b": "2", "d/self/self": "->."}


@pytest.mark.parametrize("dirlinks", ["conflict", "expand"])
def test_a_link_to_the_building_machine_is_never_followed(tmp_path: Path, dirlinks: Dirlinks) -> None:
    assert union(tmp_path, {"bin": f"->{tmp_path}"}, dirlinks=dirlinks) == {"bin": f"->{tmp_path}"}


@pytest.mark.parametrize("target", ["usr/bin", "/usr/bin", "indirect"])
def test_keep_writes_through_a_link_that_is_there(tmp_path: Path, target: str) -> None:
    first = {"usr/bin/a": "1", "bin": f"->{target}", "indirect": "->usr/bin"}
    expected = {
        "usr": None,
        "usr/bin": None,
        "usr/bin/a": "1",
        "usr/bin/b": "2",
        "bin": f"->{target}",
        "indirect": "->usr/bin",
    }
    assert union(tmp_path, first, {"bin/b": "2"}, dirlinks="keep") == expected


def test_keep_replaces_a_link_to_nowhere_by_a_directory(tmp_path: Path) -> None:
    assert union(tmp_path, {"bin": "->nowhere"}, {"bin/b": "2"}, dirlinks="keep") == {"bin": None, "bin/b": "2"}


def test_keep_does_not_keep_a_link_that_a_file_replaces(tmp_path: Path) -> None:
    shown = union(tmp_path, {"usr/bin/a": "1", "bin": "->usr/bin"}, {"bin": "2"}, dirlinks="keep")
    assert shown["bin"] == "2" and shown["usr/bin/a"] == "1"


def test_keep_refuses_to_write_into_the_store(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="/bin would be written through a symlink into /nix/store/x/bin"):
        union(tmp_path, {"bin": "->/nix/store/x/bin"}, {"bin/b": "2"}, dirlinks="keep")


def test_keep_sees_a_circle_of_links(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="lead in a circle"):
        union(tmp_path, {"a": "->b", "b": "->a"}, {"a/x": "2"}, dirlinks="keep")


def test_a_tree_of_links_has_what_a_root_tar_recorded_as_it_is(tmp_path: Path) -> None:
    tree, tar = make(tmp_path / "tree", {"etc/a": "1"}), tmp_path / "root.tar"
    tar.write_bytes(images.layer({"etc": None, "etc/b": b"2", "etc/c": "b", "var": None}, mode=0o700, uid=7))
    merged = merge([tree, str(tar)], "link")
    assert merged[b"etc/a"].target == f"{tree}/etc/a".encode()
    assert (merged[b"etc/b"].kind, merged[b"etc/b"].size, merged[b"etc/c"].target) == ("file", 1, b"b")
    assert [merged[path].owner for path in (b"etc/b", b"var")] == [Owner(7, 0, "", "")] * 2
    assert (merged[b"var"].mode, merged[b"etc"].mode) == (0o700, 0o755)
