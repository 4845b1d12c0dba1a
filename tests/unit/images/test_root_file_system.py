"""Stacked layers as one root file system: layers by hand, and what has to be seen on top of them."""

from __future__ import annotations

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.images.root_file_system import RootFileSystem
from nixdock_hook.layers.members import HardLink, Member
from nixdock_hook.trees.overlay import MOST_IMPLIED
from nixdock_hook.trees.tree import Entry, Owner, Tree

USER = Owner(7, 8, "user", "users")


def directory(name: str, mode: int = 0o700) -> Member:
    return name.encode(), Entry("directory", mode, owner=USER, mtime=5)


def file(name: str, content: str = "") -> Member:
    """A file; its "content" is where it comes from, so that one can be told from another."""
    return name.encode(), Entry("file", 0o644, origin=(content.encode(), 0), owner=USER, mtime=5)


def symlink(name: str, target: str) -> Member:
    return name.encode(), Entry("symlink", 0o777, target=target.encode(), owner=USER, mtime=5)


def link(name: str, target: str) -> Member:
    return name.encode(), HardLink(target.encode())


def flat(*layers: list[Member]) -> Tree:
    root = RootFileSystem()
    for number, members in enumerate(layers):
        root.apply(members, f"layer {number}")
    return root.tree()


def seen(*layers: list[Member]) -> dict[str, str]:
    """Path → "/" for a directory, the target of a symlink, the content of a file; the root left out."""

    def shown(entry: Entry) -> str:
        return {"directory": b"/", "symlink": entry.target}.get(entry.kind, entry.origin[0]).decode()

    return {path.decode(): shown(entry) for path, entry in flat(*layers).items() if path}


LOWER = [directory("d"), file("d/a", "1"), directory("d/e"), file("d/e/b", "2"), symlink("s", "d"), file("f", "3")]
WHOLE = {"d": "/", "d/a": "1", "d/e": "/", "d/e/b": "2", "s": "d", "f": "3"}


def test_no_layer_is_an_empty_root() -> None:
    assert flat() == {b"": Entry("directory", 0o755, owner=Owner(), mtime=1)}


def test_the_upper_layer_wins_and_directories_join() -> None:
    upper = [directory("d"), file("d/a", "new"), file("d/c", "4"), file("f", "5")]
    assert seen(LOWER, upper) == WHOLE | {"d/a": "new", "d/c": "4", "f": "5"}


@pytest.mark.parametrize(
    ("whiteout", "hidden"),
    [
        ("d/.wh.a", {"d/a"}),
        ("d/.wh.e", {"d/e", "d/e/b"}),
        (".wh.d", {"d", "d/a", "d/e", "d/e/b"}),
        (".wh.s", {"s"}),
        ("d/.wh..wh..opq", {"d/a", "d/e", "d/e/b"}),
        (".wh..wh..opq", set(WHOLE)),
        (".wh.none", set()),
        ("none/.wh.a", set()),
        ("f/.wh.a", set()),
        ("s/.wh.a", set()),
        ("f/.wh..wh..opq", set()),
        (".wh..wh.plnk", set()),
    ],
)
def test_whiteouts_hide_what_is_below(whiteout: str, hidden: set[str]) -> None:
    assert seen(LOWER, [file(whiteout)]) == {path: what for path, what in WHOLE.items() if path not in hidden}


@pytest.mark.parametrize("whiteout", [".wh.d", "d/.wh..wh..opq", "d/.wh.new"])
def test_a_whiteout_leaves_its_own_layer_alone_wherever_it_stands(whiteout: str) -> None:
    members = [directory("d"), file("d/new", "n")]
    for layer in ([file(whiteout), *members], [*members, file(whiteout)]):
        assert seen(LOWER, layer)["d/new"] == "n"


def test_a_whiteout_is_one_whatever_its_kind() -> None:
    assert seen([*LOWER, directory(".wh.d"), symlink(".wh.s", "x"), link(".wh.f", "none")]) == WHOLE
    assert seen(LOWER, [directory(".wh.d"), symlink(".wh.s", "x"), link(".wh.f", "none")]) == {}


def test_what_was_hidden_stays_hidden_when_its_directory_comes_back() -> None:
    assert seen(LOWER, [file(".wh.d")], [directory("d")]) == {"d": "/", "s": "d", "f": "3"}


@pytest.mark.parametrize("name", [".wh.", ".wh..", ".wh...", "d/.wh..."])
def test_a_whiteout_of_no_file_is_an_error(name: str) -> None:
    with pytest.raises(InvalidImage, match=f"^the whiteout /{name} names no file in layer 1: get the image again"):
        seen(LOWER, [file(name)])


@pytest.mark.parametrize("member", [file("d", "x"), symlink("d", "x")])
def test_another_kind_takes_the_place_of_a_directory_and_all_in_it(member: Member) -> None:
    assert seen(LOWER, [member]) == {"d": "x", "s": "d", "f": "3"}


@pytest.mark.parametrize("name", ["f", "s"])
def test_a_directory_takes_the_place_of_a_file_and_of_a_symlink(name: str) -> None:
    assert seen(LOWER, [directory(name), file(f"{name}/x", "y")]) == WHOLE | {name: "/", f"{name}/x": "y"}
    assert seen(LOWER, [file(f"{name}/x", "y")]) == WHOLE | {name: "/", f"{name}/x": "y"}


def test_within_a_layer_the_last_member_of_a_name_counts() -> None:
    assert seen([file("x/y", "1"), file("x", "2")]) == {"x": "2"}
    assert seen([file("x", "1"), directory("x")]) == {"x": "/"}
    assert seen([file("x/y", "1"), directory("x")]) == {"x": "/", "x/y": "1"}


def test_a_directorys_attributes_are_the_upper_layers_where_it_names_it() -> None:
    tree = flat([directory("d", 0o700)], [directory("d", 0o1777)])
    assert tree[b"d"] == Entry("directory", 0o1777, owner=USER, mtime=5)
    assert flat([directory("d", 0o700)], [file("d/x")])[b"d"].mode == 0o700
    assert flat([file("d/x")], [directory("", 0o711)])[b""].mode == 0o711


def test_directories_that_nobody_names_are_roots() -> None:
    tree = flat([file("a/b/c")])
    assert tree[b"a"] == tree[b"a/b"] == Entry("directory", 0o755, owner=Owner(), mtime=1)


@pytest.mark.parametrize(
    ("target", "place"), [("usr/bin", "usr/bin"), ("/usr/bin", "usr/bin"), ("../../usr/./bin", "usr/bin"), (".", "")]
)
def test_within_a_layer_members_go_through_its_symlinks(target: str, place: str) -> None:
    tree = seen([directory("usr/bin"), symlink("bin", target), file("bin/sh", "sh")])
    assert tree["bin"] == target
    assert tree[f"{place}/sh".lstrip("/")] == "sh"


def test_symlinks_of_one_layer_join_directories_of_the_layer_below() -> None:
    tree = seen([directory("usr/lib"), file("usr/lib/a", "a")], [symlink("lib", "usr/lib"), file("lib/b", "b")])
    assert tree == {"usr": "/", "usr/lib": "/", "usr/lib/a": "a", "usr/lib/b": "b", "lib": "usr/lib"}


@pytest.mark.parametrize("members", [[symlink("a", "b"), symlink("b", "a")], [symlink("a", "a")], [file("a")]])
def test_members_below_what_is_no_directory(members: list[Member]) -> None:
    with pytest.raises(InvalidImage, match="^/a is no directory, but has members in layer 0: "):
        seen([*members, file("a/x")])


def test_hard_links_are_the_same_file_again() -> None:
    layer = [file("a", "1"), link("d/b", "a"), symlink("s", "a"), link("t", "s")]
    assert seen(layer) == {"a": "1", "d": "/", "d/b": "1", "s": "a", "t": "a"}
    assert flat(layer)[b"d/b"] == flat(layer)[b"a"]


def test_a_hard_link_keeps_what_it_was_made_of() -> None:
    assert seen([file("a", "1"), link("b", "a")], [file("a", "2")]) == {"a": "2", "b": "1"}
    assert seen([file("a", "1"), link("b", "a")], [file(".wh.a")]) == {"b": "1"}


@pytest.mark.parametrize("order", [1, -1])
def test_hard_links_across_layers_even_to_what_the_layer_hides(order: int) -> None:
    assert seen([file("d/a", "1")], [link("b", "d/a"), file("d/.wh.a")][::order]) == {"d": "/", "b": "1"}


@pytest.mark.parametrize(("target", "layers"), [("none", [[]]), ("d", [LOWER]), ("d/e/none", [LOWER])])
def test_a_hard_link_to_no_file(target: str, layers: list[list[Member]]) -> None:
    what = f"^/b is a hard link to /{target}, which is no file in layer 1: get the image again"
    with pytest.raises(InvalidImage, match=what):
        seen(*layers, [link("b", target)])


def test_a_hard_link_does_not_reach_below_what_its_own_layer_put_there() -> None:
    with pytest.raises(InvalidImage, match="^/b is a hard link to /f, which is no file"):
        seen(LOWER, [directory("f"), link("b", "f")])


def test_a_root_that_is_no_directory() -> None:
    with pytest.raises(InvalidImage, match="^its root is no directory in layer 0: "):
        seen([symlink("", "elsewhere")])


def test_more_layers_than_any_runtime_mounts() -> None:
    assert len(seen(*([file(f"{number}")] for number in range(300)))) == 300


def test_a_path_that_symlinks_make_too_long() -> None:
    deep, link = "d/" * 2000 + "d", symlink("link", "d/" * 2000 + "d")
    assert max(map(len, flat([directory(deep), link, file("link/f" + "f" * 90)]))) == 4093
    with pytest.raises(InvalidImage, match=r"a path of 4097 bytes \(b'd/d.* in the base image: Linux has none of more"):
        flat([directory(deep), link, file("link/f" + "f" * 94)])


def test_how_many_directories_names_may_imply() -> None:
    deep = [file(f"{number}" + "/d" * 999 + "/f") for number in range(MOST_IMPLIED // 1000)]
    assert len(flat(deep)) == MOST_IMPLIED + len(deep) + 1
    with pytest.raises(InvalidImage, match="more than 50000 directories that are no members, .* in layer 1: pack it"):
        flat(deep, [file("x/y")])
    assert len(flat(deep, [directory("x"), file("x/y")])) == MOST_IMPLIED + len(deep) + 3


def test_symlinks_that_take_long_to_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nixdock_hook.images.root_file_system.MOST_FOLLOWED", 1000)
    members = [symlink("l", "/".join(["d/.."] * 50 + ["t"])), directory("d"), directory("t")]
    through = [file(f"l/{number}") for number in range(10)]
    assert "t/8" in seen([*members, *through[:9]])
    with pytest.raises(InvalidImage, match="its members lead through symlinks with more than 1000 names in all"):
        flat([*members, *through])
