from __future__ import annotations

from nixdock_hook.store.closure import PathInfo
from nixdock_hook.store.registration import closed, gc_roots


def graph(**references: str) -> dict[str, PathInfo]:
    """Store paths of one letter: `a="bc"` says that a refers to b and c."""
    return {path: PathInfo(path, tuple(names)) for path, names in references.items()}


def test_a_closed_graph_stays_as_it_is() -> None:
    whole = graph(a="ab", b="c", c="")
    assert closed(whole, set()) == whole


def test_what_lacks_a_reference_goes_and_all_that_need_it() -> None:
    assert closed(graph(a="b", b="c", c="x", d="d", e="da"), set()) == graph(d="d")


def test_a_reference_may_be_registered_elsewhere() -> None:
    assert closed(graph(a="b", b="x"), {"x"}) == graph(a="b", b="x")


def test_what_is_lost_here_and_registered_elsewhere_is_there_for_others() -> None:
    assert closed(graph(a="b", b="x"), {"b"}) == graph(a="b")


def test_a_long_chain_takes_no_time() -> None:
    chain = {str(number): PathInfo(str(number), (str(number + 1),)) for number in range(20_000)}
    assert closed(chain, set()) == {}
    assert closed(chain, {"20000"}) == chain


def test_what_the_roots_reach_needs_no_root_of_its_own() -> None:
    assert gc_roots(graph(a="b", b="c", c=""), ["a"]) == ["a"]


def test_a_wanted_root_stays_one_though_another_reaches_it() -> None:
    assert gc_roots(graph(a="b", b=""), ["b", "a"]) == ["a", "b"]


def test_of_what_no_root_reaches_the_topmost_paths_become_roots() -> None:
    assert gc_roots(graph(a="b", b="", x="xy", y="zb", z="", w="z"), ["a"]) == ["a", "w", "x"]


def test_without_paths_there_are_no_roots() -> None:
    assert gc_roots({}, []) == []
