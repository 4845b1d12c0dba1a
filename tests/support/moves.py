"""Paths that move from one layer to another when one package of an image changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from nixdock_hook.store.closure import reachable

from .updates import Closure, Planner

Change = tuple[str, Closure, Closure]
"""The path that changes, and the closure before and after."""


def removals(closure: Closure) -> Iterator[Change]:
    """Yield each package without which the image lacks nothing else; the other way round it is added."""
    mentioned = {reference for info in closure.values() for reference in info.references}
    tops = closure.keys() - mentioned
    for path in sorted(mentioned):
        without = {
            name: replace(info, references=tuple(of for of in info.references if of != path))
            for name, info in closure.items()
            if name != path
        }
        graph = {name: info.references for name, info in without.items()}
        if reachable(tops, graph.__getitem__) == without.keys():
            yield path, closure, without


def additions(closure: Closure) -> Iterator[Change]:
    """Yield the inverse of each removal."""
    return ((path, without, whole) for path, whole, without in removals(closure))


def growths(closure: Closure, by: float) -> Iterator[Change]:
    """Yield each package, grown by a factor."""
    for path, info in closure.items():
        grown = replace(info, nar_size=int((info.nar_size or 0) * by))
        yield path, closure, {**closure, path: grown}


def moved(planner: Planner, most: int, change: Change, size: int) -> int:
    """Count the other paths, larger than `size`, that share a layer with others of these than before."""
    path, before, after = change
    counted = {name for name in before.keys() & after.keys() if (after[name].nar_size or 0) > size} - {path}
    old, new = (
        {name: counted.intersection(layer) for layer in planner(closure, most) for name in layer}
        for closure in (before, after)
    )
    return sum(old[name] != new[name] for name in counted)


def moves(planner: Planner, most: int, changes: Iterable[Change], size: int) -> float:
    """Return how many paths move at a change, on average."""
    counts = [moved(planner, most, change, size) for change in changes]
    return sum(counts) / len(counts)
