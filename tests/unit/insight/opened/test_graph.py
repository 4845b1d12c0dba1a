from __future__ import annotations

from collections.abc import Mapping

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.insight.opened.graph import (
    UNMENTIONED,
    config_roots,
    find_paths,
    shortest_chain,
    with_unmentioned,
)
from nixdock_hook.insight.opened.model import OpenedImage, StorePath
from nixdock_hook.oci.model import Platform


def name(letter: str, package: str = "") -> str:
    return f"/nix/store/{letter * 32}-{package or letter}"


def image(graph: Mapping[str, str], **roots: str) -> OpenedImage:
    """An image of paths of one letter each, with the letters that each refers to; roots: likewise."""
    paths = tuple(StorePath(name(path), 0, 8, tuple(map(name, mentioned))) for path, mentioned in sorted(graph.items()))
    found = {root: tuple(map(name, mentioned)) for root, mentioned in roots.items()}
    return OpenedImage("", "recipe", "app", "1", Platform("amd64", "linux"), None, {}, (), paths=paths, roots=found)


def chain(opened: OpenedImage, target: str) -> str:
    root, *path = shortest_chain(opened, name(target)) or [""]
    return f"{root} {''.join(step[-1] for step in path)}"


def test_the_shortest_chain_wins() -> None:
    graph = {"a": "bc", "b": "d", "c": "", "d": "f", "f": "", "g": "f"}
    assert chain(image(graph, first="a", second="g"), "f") == "second gf"
    assert chain(image(graph, first="a"), "f") == "first abdf"


def test_of_two_roots_the_first_one_counts_and_what_it_mentions_is_a_chain_too() -> None:
    assert chain(image({"a": ""}, first="a", second="a"), "a") == "first a"


def test_what_nothing_leads_to_has_no_chain() -> None:
    assert shortest_chain(image({"a": "", "b": ""}, first="a"), name("b")) == []


def test_a_circle_ends() -> None:
    assert chain(image({"a": "b", "b": "a", "c": ""}, first="a"), "b") == "first ab"
    assert shortest_chain(image({"a": "b", "b": "a", "c": ""}, first="a"), name("c")) == []


def test_tops_of_what_nothing_mentions_are_roots_too() -> None:
    opened = image({"a": "b", "b": "", "c": "d", "d": "b"}, first="a")
    assert with_unmentioned(opened.roots, opened.by_path()) == {"first": (name("a"),), UNMENTIONED: (name("c"),)}
    assert with_unmentioned({"x": (name("a"), name("c"))}, opened.by_path()).keys() == {"x"}


def test_each_key_of_a_config_is_a_root() -> None:
    config = {"Cmd": ["sh", "-c", f"{name('a')}/bin/x"], "Env": [f"PATH={name('b')}/bin:{name('a')}/bin"], "User": "1"}
    roots = config_roots(config, [name("a"), name("b"), name("c")])
    assert roots == {"config.Cmd": (name("a"),), "config.Env": (name("a"), name("b"))}


class TestFindPaths:
    OPENED = OpenedImage(
        *("", "recipe", "app", "1", Platform("amd64", "linux"), None, {}, ()),
        paths=(
            StorePath(name("a", "glibc-2.39"), 0),
            StorePath(name("b", "glibc-2.39-bin"), 0),
            StorePath(name("c", "zlib-1"), 0),
        ),
    )

    @pytest.mark.parametrize(
        ("word", "found"),
        [
            ("glibc", "ab"),
            ("glibc-2.39", "a"),
            ("glibc-2.39-bin", "b"),
            (name("a", "glibc-2.39"), "a"),
            (name("a", "glibc-2.39") + "/lib/libc.so.6", "a"),
            ("c" * 32 + "-zlib-1", "c"),
            ("c" * 32, "c"),
        ],
    )
    def test_what_a_word_means(self, word: str, found: str) -> None:
        assert "".join(path[11] for path in find_paths(self.OPENED, word)) == found

    @pytest.mark.parametrize(
        ("word", "remedy"), [("glib", "it has glibc"), ("ZLIB", "it has zlib$"), ("nothing", "--paths lists what")]
    )
    def test_what_is_not_there_is_an_error_with_what_is_alike(self, word: str, remedy: str) -> None:
        with pytest.raises(InvalidInput, match=remedy):
            find_paths(self.OPENED, word)
