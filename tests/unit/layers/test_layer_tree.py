"""Layers on top of one another, as far as one place is concerned: whiteouts and replacements."""

from __future__ import annotations

import pytest

from nixdock_hook.layers.layer_tree import LayerTree
from nixdock_hook.trees.overlay import Directory, lookup

FILE = b"f1"


def tree(*members: str) -> LayerTree:
    """A layer with these members; a name that ends in `/` is a directory."""
    layer = LayerTree([b"nix", b"store"])
    for member in members:
        path = member.encode().rstrip(b"/").split(b"/")
        layer.add_directory(path, b"d") if member.endswith("/") else layer.add(path, FILE)
    return layer


def view(*layers: LayerTree) -> Directory[bytes]:
    root: Directory[bytes] = Directory()
    for layer in layers:
        layer.apply(root)
    return root


def store(*layers: LayerTree) -> object:
    return lookup(view(*layers), [b"nix", b"store"])


LOWER = ("nix/", "nix/store/", "nix/store/a/", "nix/store/a/x", "nix/store/a/d/", "nix/store/a/d/y", "nix/store/b")
A = {b"x": FILE, b"d": {b"y": FILE}}


def test_only_what_is_at_our_place_is_kept() -> None:
    layer = tree("", "etc/", "etc/x", "nix/var/", "nix/var/db", "nix/store/a")
    assert layer.added == {b"nix": {b"store": {b"a": FILE}}}


def test_layers_add_up_and_missing_parents_are_there() -> None:
    assert store(tree(*LOWER), tree("nix/store/a/d/z/w")) == {
        b"a": {b"x": FILE, b"d": {b"y": FILE, b"z": {b"w": FILE}}},
        b"b": FILE,
    }


@pytest.mark.parametrize(
    ("members", "left"),
    [
        (["nix/store/.wh.a"], {b"b": FILE}),
        (["nix/store/.wh.b"], {b"a": A}),
        (["nix/store/.wh.none"], {b"a": A, b"b": FILE}),
        (["nix/store/none/.wh.x"], {b"a": A, b"b": FILE}),
        (["nix/store/b/.wh.x"], {b"a": A, b"b": FILE}),
        (["nix/store/a/.wh.d"], {b"a": {b"x": FILE}, b"b": FILE}),
        (["nix/store/a/.wh..wh..opq"], {b"a": {}, b"b": FILE}),
        (["nix/store/.wh..wh..opq"], {}),
        (["nix/.wh..wh..opq"], None),
        ([".wh..wh..opq"], None),
        (["nix/.wh.store"], None),
        ([".wh.nix"], None),
        (["nix/store/.wh..wh.plnk"], {b"a": A, b"b": FILE}),
        (["nix/store/.wh..."], {b"a": A, b"b": FILE}),
        (["nix/store/.wh.a/"], {b"b": FILE}),
        ([".wh.etc", "nix/var/.wh.x", "nix/var/.wh.store", "etc/.wh..wh..opq"], {b"a": A, b"b": FILE}),
    ],
)
def test_whiteouts(members: list[str], left: object) -> None:
    assert store(tree(*LOWER), tree(*members)) == left


@pytest.mark.parametrize("whiteout", ["nix/store/.wh.a", "nix/store/a/.wh..wh..opq", "nix/.wh.store"])
@pytest.mark.parametrize("first", [True, False])
def test_a_whiteout_does_not_touch_its_own_layer_whatever_the_order(whiteout: str, first: bool) -> None:
    members = [whiteout, "nix/store/a/new"] if first else ["nix/store/a/new", whiteout]
    seen = store(tree(*LOWER), tree(*members))
    assert isinstance(seen, dict)
    assert seen[b"a"] == {b"new": FILE}


def test_a_file_hides_a_directory_and_the_other_way_round() -> None:
    assert store(tree(*LOWER), tree("nix/store/a", "nix/store/b/")) == {b"a": FILE, b"b": {}}
    assert store(tree(*LOWER), tree("nix")) is None


def test_the_last_member_of_a_name_wins_and_a_directory_keeps_its_content() -> None:
    assert tree("nix/store/a", "nix/store/a/").added == {b"nix": {b"store": {b"a": {}}}}
    assert tree("nix/store/a/x", "nix/store/a").added == {b"nix": {b"store": {b"a": FILE}}}
    assert tree("nix/store/a/x", "nix/store/a/").added == {b"nix": {b"store": {b"a": {b"x": FILE}}}}


def test_what_is_written_through_a_symlink_is_not_there() -> None:
    layer = tree()
    layer.add([b"nix", b"store", b"a"], b"l")
    layer.add([b"nix", b"store", b"a", b"x"], FILE)
    layer.add_directory([b"nix", b"store", b"a", b"d"], b"d")
    assert store(layer) == {b"a": b"l"}


def test_hard_links_are_what_they_name() -> None:
    layer = tree("nix/store/a")
    layer.link([b"nix", b"store", b"b"], [b"nix", b"store", b"a"], b"f")
    layer.link([b"nix", b"store", b"c"], [b"etc", b"x"], b"f")
    layer.link([b"nix", b"store", b"d"], [b"nix", b"store"], b"f")
    assert store(layer) == {b"a": FILE, b"b": FILE, b"c": b"?", b"d": b"?"}


def test_depth_has_no_limit() -> None:
    deep = "nix/store/" + "d/" * 5000
    assert store(tree(deep + "x"), tree(deep + "y")) is not None
