"""Plans beside the best of all partitions, for closures that are small enough to try each one."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from functools import reduce
from math import prod
from operator import or_

import pytest

from nixdock_hook.layers.chances import Chances
from nixdock_hook.layers.planner import plan
from nixdock_hook.store.closure import PathInfo
from tests.support.updates import Closure

PATHS = 9


def small_image(seed: int) -> dict[str, PathInfo]:
    """An application of three paths on six packages, which stand on one another."""
    chance = random.Random(seed)
    infos = {"libc": PathInfo("libc", (), None, 30_000_000)}
    for number in range(PATHS - 4):
        references = ("libc", *chance.sample(sorted(infos), min(2, len(infos))))
        name = f"lib{number}"
        infos[name] = PathInfo(name, tuple(sorted({*references})), None, int(chance.lognormvariate(14, 2)))
    packages = sorted(infos)
    infos["app-modules"] = PathInfo("app-modules", tuple(chance.sample(packages, 3)), None, 50_000_000)
    infos["app-code"] = PathInfo("app-code", tuple(chance.sample(packages, 2)), None, 2_000_000)
    infos["app"] = PathInfo("app", ("app-code", "app-modules", *packages), None, 10_000)
    return infos


def partitions(paths: list[str], most: int) -> Iterator[list[list[str]]]:
    """Yield each way to share paths out to at most `most` layers."""
    if not paths:
        yield []
        return
    for layers in partitions(paths[1:], most):
        for number, layer in enumerate(layers):
            yield [*layers[:number], [paths[0], *layer], *layers[number + 1 :]]
        if len(layers) < most:
            yield [[paths[0]], *layers]


def expected(closure: Closure, chances: Chances, layers: Iterable[Iterable[str]]) -> float:
    """Bytes that an update makes to be pulled again, by content, by the chances that the planner sees."""
    total = 0
    for layer in layers:
        needs = reduce(or_, (chances.needs[chances.number[path]] for path in layer))
        total += sum(closure[path].nar_size or 0 for path in layer) * chances.weight(needs)
    return total / chances.total


def test_there_are_as_many_partitions_as_stirling_says() -> None:
    assert sum(1 for _ in partitions(list("abcde"), 3)) == 1 + 15 + 25


@pytest.mark.parametrize("most", [3, 4])
def test_what_is_expected_is_near_the_least_that_any_layers_reach(most: int) -> None:
    ratios = []
    for seed in range(6):
        infos = small_image(seed)
        assert len(infos) == PATHS
        planned, chances = plan(infos, infos, most).layers, Chances(infos)
        ours = expected(infos, chances, [layer.paths for layer in planned])
        assert ours == pytest.approx(sum(layer.size * layer.chance for layer in planned))
        ratios.append(ours / min(expected(infos, chances, layers) for layers in partitions(sorted(infos), most)))
    assert min(ratios) >= 1 - 1e-9
    assert max(ratios) <= 1.1 and prod(ratios) ** (1 / len(ratios)) <= 1.05
