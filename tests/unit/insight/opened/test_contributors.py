from __future__ import annotations

from collections.abc import Mapping

import pytest

from nixdock_hook.insight.opened.contributors import contributors
from nixdock_hook.insight.opened.model import OpenedImage, StorePath
from nixdock_hook.oci.model import Platform


def brings(graph: Mapping[str, str], roots: str) -> dict[str, tuple[int, int]]:
    """What each path brings in a graph of paths of one byte each: (bytes, paths)."""
    paths = tuple(StorePath(path, 0, 1, tuple(mentioned)) for path, mentioned in graph.items())
    image = OpenedImage(
        *("", "recipe", "app", "1", Platform("amd64", "linux"), None, {}, ()), paths=paths, roots={"x": tuple(roots)}
    )
    return {one.path: (one.brings, one.brought) for one in contributors(image)}


def test_what_only_one_path_leads_to_is_what_it_brings() -> None:
    #    a -> b -> d    a -> c -> d -> e    f -> e
    found = brings({"a": "bc", "b": "d", "c": "d", "d": "e", "e": "", "f": "e"}, "af")
    assert {path: size for path, (size, _) in found.items()} == {"a": 4, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1}


def test_a_chain_is_brought_whole() -> None:
    assert brings({"a": "b", "b": "c", "c": ""}, "a") == {"a": (3, 3), "b": (2, 2), "c": (1, 1)}


def test_those_that_bring_most_come_first() -> None:
    assert list(brings({"c": "", "b": "c", "a": "b"}, "a")) == ["a", "b", "c"]


@pytest.mark.parametrize("graph", [{"a": "b", "b": "a"}, {"a": "bc", "b": "c", "c": "b"}, {"a": "a"}])
def test_circles_that_somebody_made_up_end(graph: Mapping[str, str]) -> None:
    assert brings(graph, "a")["a"] == (len(graph), len(graph))


def test_a_chain_of_thousands_needs_no_stack() -> None:
    graph = {chr(256 + number): chr(257 + number) for number in range(20_000)} | {chr(20_256): ""}
    assert brings(graph, chr(256))[chr(256)] == (20_001, 20_001)


def test_a_graph_that_somebody_made_up_takes_no_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = {chr(256 + number): chr(257 + number) + "z" for number in range(200)} | {chr(456): "z", "z": ""}
    assert brings(graph, chr(256))[chr(256)] == (202, 202)
    monkeypatch.setattr("nixdock_hook.insight.opened.contributors._MOST_STEPS", 100)
    assert brings(graph, chr(256))[chr(256)] == (201, 201)  # nobody is known to bring z


def test_what_nothing_leads_to_is_left_out() -> None:
    assert brings({"a": "", "b": ""}, "a") == {"a": (1, 1)}
