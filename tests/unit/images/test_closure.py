"""What an image has to have of the closure of its content."""

from __future__ import annotations

import pytest

from nixdock_hook.images.closure import ImageContent, image_closure
from nixdock_hook.store.closure import PathInfo
from nixdock_hook.trees.merge import Dirlinks
from tests.support.recipes import recipe

ROOT, CONFIG, APP, LIB = (f"/nix/store/{letter * 32}-{name}" for letter, name in zip("abcd", "rcal", strict=True))
HASH = "sha256:0"


def info(path: str, *references: str, size: int = 1) -> PathInfo:
    return PathInfo(path, references, HASH, size)


GRAPH = [info(ROOT, APP), info(CONFIG, LIB), info(APP, LIB, size=9), info(LIB, LIB, size=5)]


@pytest.mark.parametrize(
    ("dirlinks", "paths", "roots"),
    [("conflict", {APP, LIB}, {APP, LIB}), ("link", {ROOT, APP, LIB}, {ROOT, LIB})],
)
def test_copied_trees_are_left_out_and_linked_ones_are_roots(
    dirlinks: Dirlinks, paths: set[str], roots: set[str]
) -> None:
    closure = image_closure(GRAPH, ImageContent((ROOT,), dirlinks, CONFIG))
    assert set(closure.infos) == paths
    assert closure.roots == roots


def test_a_tree_that_something_mentions_stays() -> None:
    graph = [*GRAPH, info("/nix/store/e", ROOT)]
    assert ROOT in image_closure(graph, ImageContent((ROOT,), "conflict", None)).infos


def test_small_paths_come_first() -> None:
    closure = image_closure(GRAPH, ImageContent((), "conflict", None))
    assert list(closure.references()) == [ROOT, CONFIG, LIB, APP]


def test_what_the_base_holds_is_not_missing() -> None:
    closure = image_closure([info(LIB), info(APP)], ImageContent((), "conflict", None))
    assert closure.missing(None) == (APP, LIB)
    holding = recipe(base_holds={LIB.rpartition("/")[2]: "sha256:another"})
    with pytest.raises(Exception, match="cannot read the store path"):  # is it the same? it is not here
        closure.missing(holding)
