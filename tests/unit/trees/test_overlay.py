"""One layer over others: what it adds, what it hides, and what it says of directories that were there."""

from __future__ import annotations

import pytest

from nixdock_hook.trees.overlay import Directory, LayerChanges, lookup


def directory(names: dict[str, object], entry: str | None = None) -> Directory[str]:
    """A tree: directories are dicts, anything else is text. entry: what is said of the topmost directory."""
    made: Directory[str] = Directory()
    made.entry = entry
    for name, below in names.items():
        made[name.encode()] = directory(below) if isinstance(below, dict) else str(below)
    return made


def after(lower: Directory[str], upper: Directory[str], *whiteouts: str) -> Directory[str]:
    """`lower` with a layer over it that adds `upper`."""
    changes: LayerChanges[str] = LayerChanges()
    changes.added = upper
    for name in whiteouts:
        changes.add_whiteout(name.encode().split(b"/"))
    changes.apply(lower)
    return lower


def lower() -> Directory[str]:
    return directory({"d": {"a": "1", "e": {"b": "2"}}, "f": "3"})


@pytest.mark.parametrize(
    ("upper", "seen"),
    [
        ({}, {"d": {"a": "1", "e": {"b": "2"}}, "f": "3"}),
        ({"d": {"e": {"c": "4"}}}, {"d": {"a": "1", "e": {"b": "2", "c": "4"}}, "f": "3"}),
        ({"d": "5"}, {"d": "5", "f": "3"}),
        ({"f": {"g": "6"}}, {"d": {"a": "1", "e": {"b": "2"}}, "f": {"g": "6"}}),
    ],
)
def test_directories_join_and_all_else_hides_what_is_below(upper: dict[str, object], seen: dict[str, object]) -> None:
    assert after(lower(), directory(upper)) == directory(seen)


@pytest.mark.parametrize(
    ("whiteout", "seen"),
    [
        (".wh.f", {"d": {"a": "1", "e": {"b": "2"}}}),
        ("d/.wh.e", {"d": {"a": "1"}, "f": "3"}),
        ("d/.wh..wh..opq", {"d": {}, "f": "3"}),
        (".wh..wh..opq", {}),
        ("none/.wh.d", {"d": {"a": "1", "e": {"b": "2"}}, "f": "3"}),
        ("f/.wh..wh..opq", {"d": {"a": "1", "e": {"b": "2"}}, "f": "3"}),
        (".wh..wh.orph", {"d": {"a": "1", "e": {"b": "2"}}, "f": "3"}),
    ],
)
def test_whiteouts_hide_what_is_below_and_nothing_of_their_own_layer(whiteout: str, seen: dict[str, object]) -> None:
    assert after(lower(), directory({}), whiteout) == directory(seen)
    own: dict[str, object] = {"d": {"e": {"new": "4"}}, "f": "5"}
    assert after(lower(), directory(own), whiteout) == after(directory(seen), directory(own))


def test_the_upper_layer_says_what_a_directory_is_where_it_says_it() -> None:
    assert after(directory({}, "below"), directory({}, "above")).entry == "above"
    assert after(directory({}, "below"), directory({}), ".wh..wh..opq").entry == "below"


def test_lookup() -> None:
    assert lookup(lower(), []) == lower()
    assert lookup(lower(), [b"d", b"a"]) == "1"
    assert lookup(lower(), [b"f", b"x"]) is None
    assert lookup(lower(), [b"none", b"x"]) is None
