"""What changes of one package move: hardly ever a large path, and others about as seldom as the largest founders do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

import pytest

from nixdock_hook.layers.planner import plan
from nixdock_hook.store.closure import PathInfo
from tests.support.moves import Change, additions, growths, moved, moves, removals
from tests.support.other_planners import auto, ours, popularity
from tests.support.updates import Closure, web, with_application

LARGE, MIDDLE = 2_000_000, 200_000
IMAGE = with_application(web())
Changes: TypeAlias = Callable[[Closure], Iterator[Change]]
CHANGES: list[Changes] = [removals, additions, partial(growths, by=1.02), partial(growths, by=1.5)]


def versioned(closure: Closure, version: str) -> dict[str, PathInfo]:
    """The closure as paths of the store, whose hashes and versions are all others for another version."""

    def path(name: str) -> str:
        return f"/nix/store/{version * 32}-{name}-{version}"

    return {
        path(name): PathInfo(path(name), tuple(map(path, info.references)), None, info.nar_size)
        for name, info in closure.items()
    }


def test_a_move_is_another_company_and_the_changed_path_counts_for_nothing() -> None:
    before = {name: PathInfo(name, (), None, 9) for name in "abcd"}
    after = {name: PathInfo(name, (), None, 9) for name in "abce"}
    layers = {True: [("a", "b", "d"), ("c",)], False: [("a", "c", "e"), ("b",)]}

    def planned(closure: Closure, most: int) -> list[tuple[str, ...]]:
        return layers["d" in closure][:most]

    assert moved(planned, 2, ("d", before, after), 5) == 3
    assert moved(planned, 2, ("d", before, after), 9) == 0


def test_what_goes_takes_nothing_with_it() -> None:
    gone = [path for path, whole, left in removals(IMAGE) if len(left) == len(whole) - 1]
    assert len(gone) == sum(1 for _ in removals(IMAGE)) > 40


@pytest.mark.parametrize("most", [20, 40])
@pytest.mark.parametrize("changes", CHANGES)
def test_one_package_more_or_less_or_larger_moves_no_large_path(
    changes: Callable[[Closure], Iterator[Change]], most: int
) -> None:
    assert moves(ours, most, changes(IMAGE), LARGE) == 0


def test_with_few_layers_a_large_path_moves_at_few_changes() -> None:
    assert moves(ours, 10, removals(IMAGE), LARGE) < 0.2 < moves(popularity, 10, removals(IMAGE), LARGE)
    assert moves(ours, 10, growths(IMAGE, 1.5), LARGE) < 0.05


@pytest.mark.parametrize("most", [10, 20])
def test_smaller_paths_move_no_more_than_with_the_largest_founders(most: int) -> None:
    by_auto = moves(auto, most, removals(IMAGE), -1)
    assert moves(ours, most, removals(IMAGE), -1) <= by_auto
    assert moves(ours, most, growths(IMAGE, 1.02), MIDDLE) < 0.2


@pytest.mark.parametrize("most", [5, 10, 20, 40])
def test_other_hashes_and_versions_move_nothing(most: int) -> None:
    plans = []
    for version in "ab":
        closure = versioned(IMAGE, version)
        plans.append([[path[44:-2] for path in layer.paths] for layer in plan(closure, closure, most).layers])
    assert plans[0] == plans[1]
