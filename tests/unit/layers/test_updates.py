"""Over a stream of updates our layers make less to be pulled again than others' do."""

from __future__ import annotations

from functools import cache
from math import prod

import pytest

from tests.support.other_planners import auto, ours, popularity
from tests.support.updates import Planner, Pulled, replay, updated, web, with_application

MOST = (10, 20, 40)
SEEDS = (1, 2, 3)


@cache
def pulled(planner: Planner) -> list[Pulled]:
    return [replay(web(), planner, most, seed=seed) for most in MOST for seed in SEEDS]


def ratio(ones: list[float], others: list[float]) -> float:
    """The geometric mean of how much one is of the other."""
    return prod(one / other for one, other in zip(ones, others, strict=True)) ** (1 / len(ones))


@pytest.mark.parametrize("other", [auto, popularity])
def test_less_is_pulled_again_than_with_the_layers_of_others(other: Planner) -> None:
    assert ratio([it.content for it in pulled(ours)], [it.content for it in pulled(other)]) < 1
    assert ratio([it.chain for it in pulled(ours)], [it.chain for it in pulled(other)]) < 0.75


def test_beyond_the_changed_paths_half_of_what_the_largest_founders_cost() -> None:
    assert sum(it.content - it.least for it in pulled(ours)) < sum(it.content - it.least for it in pulled(auto)) / 2


def test_with_room_for_every_path_nothing_more_is_pulled_than_what_changed() -> None:
    cost = replay(web(), ours, 99)
    assert cost.content == cost.least < replay(web(), popularity, 30).content


def moves(planner: Planner, most: int) -> int:
    """How often, over a hundred updates, a large path has other large ones in its layer than at first."""
    whole = with_application(web())
    large = {path for path, info in whole.items() if (info.nar_size or 0) > 2_000_000}
    first = {path: set(layer) & large for layer in planner(whole, most) for path in layer}
    moved = 0
    for closure, _ in updated(web(), 100, seed=1):
        there = large & closure.keys()
        now = {path: set(layer) & large for layer in planner(closure, most) for path in layer}
        moved += sum(first[path] & there != now[path] for path in there)
    return moved


def test_packages_that_come_and_go_leave_large_paths_where_they_are() -> None:
    assert [moves(ours, most) for most in (20, 40)] == [0, 0]
    assert moves(popularity, 40) > 0
