"""Planners of layers to compare ours with: nixpkgs' before 2025, and the one since."""

from __future__ import annotations

from nixdock_hook.layers.chances import bit_set, members
from nixdock_hook.layers.pipeline import limit_layers, run_pipeline
from nixdock_hook.layers.planner import plan
from nixdock_hook.store.closure import dependencies_first

from .updates import Closure


def ours(closure: Closure, most: int) -> list[tuple[str, ...]]:
    return [layer.paths for layer in plan(closure, closure, most).layers]


def popularity(closure: Closure, most: int) -> list[tuple[str, ...]]:
    graph = {path: info.references for path, info in closure.items()}
    return limit_layers(run_pipeline([["popularity_contest"]], graph), most)


def auto(closure: Closure, most: int) -> list[tuple[str, ...]]:
    """The published rule of nixpkgs' auto-layer: the largest paths found layers, and the others are where those are
    which the same founders need; a founder does not count for what another one below it has already."""
    graph = {path: info.references for path, info in closure.items()}
    order = dependencies_first(graph)
    number = {path: place for place, path in enumerate(order)}
    needs: list[int] = []
    for path in order:
        needs.append(bit_set([number[path]]))
        for reference in graph[path]:
            needs[-1] |= needs[number[reference]]
    group: list[frozenset[int]] = [frozenset()] * len(order)
    for founder in sorted(range(len(order)), key=lambda n: (-(closure[order[n]].nar_size or 0), order[n])):
        split = _founded(group, founder, needs)
        if len(set(split)) > most:
            break
        group = split
    layers: dict[frozenset[int], list[int]] = {}
    for place, founders in enumerate(group):
        layers.setdefault(founders, []).append(place)
    sizes = [closure[path].nar_size or 0 for path in order]
    by_closure = sorted(layers.values(), key=lambda layer: (_closure_size(layer, needs, sizes), layer[0]))
    return [tuple(order[place] for place in layer) for layer in by_closure]


def _founded(group: list[frozenset[int]], founder: int, needs: list[int]) -> list[frozenset[int]]:
    split = list(group)
    split[founder] = frozenset([founder])
    below = set(members(needs[founder])) - {founder}
    above = {place for place, of in enumerate(needs) if of >> founder & 1} - {founder}
    for place in below:
        rest = group[place] - above
        split[place] = rest if rest & below else rest | {founder}
    return split


def _closure_size(layer: list[int], needs: list[int], sizes: list[int]) -> int:
    whole = 0
    for place in layer:
        whole |= needs[place]
    return sum(sizes[place] for place in members(whole))
