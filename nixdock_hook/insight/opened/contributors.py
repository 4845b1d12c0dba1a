"""What a store path brings into an image that would not be there without it: dominators of the graph of references.

A simple, fast dominance algorithm (Cooper, Harvey, Kennedy, 2001), from a root above all that the image mentions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .model import OpenedImage

_MOST_PASSES = 100
"""Over the graph: one without circles, as Nix has it, takes two; one that somebody made up may take any number."""
_MOST_STEPS = 20_000_000
"""Up the tree of dominators. 5,000 paths with ten references each, fifty deep, take five million, a second or two; a
chain of 50,000 paths that all refer to its end would take a billion. What is left then counts as brought by nobody."""


@dataclass(frozen=True, slots=True)
class Contributor:
    """A store path. brings: the NAR sizes of itself and of all that is in the image only because of it."""

    path: str
    size: int
    brings: int
    brought: int  # how many store paths, itself included


def contributors(image: OpenedImage) -> list[Contributor]:
    """Return the store paths that the image's roots lead to, those that bring most first. It is opened with GRAPH."""
    paths = image.by_path()
    starts = [path for found in image.roots.values() for path in found]
    references = {path: entry.references or () for path, entry in paths.items()}
    order = _reverse_postorder(starts, references)
    above = _dominators(order, starts, references)
    brings = [paths[path].nar_size or 0 for path in order]
    brought = [1] * len(order)
    for number in range(len(order) - 1, -1, -1):  # whatever dominates a path comes before it
        if (holder := above[number]) >= 0:
            brings[holder] += brings[number]
            brought[holder] += brought[number]
    found = [
        Contributor(path, paths[path].nar_size or 0, brings[number], brought[number])
        for number, path in enumerate(order)
    ]
    return sorted(found, key=lambda one: (-one.brings, one.path))


def _reverse_postorder(starts: Sequence[str], references: Mapping[str, Sequence[str]]) -> list[str]:
    order: list[str] = []
    seen: set[str] = set()
    for start in starts:
        todo = [(start, False)]
        while todo:
            path, is_done = todo.pop()
            if is_done:
                order.append(path)
            elif path not in seen:
                seen.add(path)
                todo.append((path, True))
                todo += [(reference, False) for reference in references[path] if reference not in seen]
    return order[::-1]


def _dominators(order: Sequence[str], starts: Sequence[str], references: Mapping[str, Sequence[str]]) -> list[int]:
    """For each path of the order the nearest one that every chain to it leads through; -1 (the root) for none."""
    number = {path: place for place, path in enumerate(order)}
    before: list[list[int]] = [[] for _ in order]
    for start in starts:
        before[number[start]].append(-1)
    for path in order:
        for reference in references[path]:
            before[number[reference]].append(number[path])
    unknown, left = len(order), iter(range(_MOST_STEPS))
    above = [unknown] * len(order)
    for _ in range(_MOST_PASSES):
        is_stable = True
        for place in range(len(order)):
            known = [one for one in before[place] if one == -1 or above[one] != unknown]
            nearest = known[0]
            for one in known[1:]:
                nearest = _meet(nearest, one, above, left)
            if above[place] != nearest:
                above[place], is_stable = nearest, False
        if is_stable:
            break
    return above


def _meet(left: int, right: int, above: Sequence[int], steps: Iterator[int]) -> int:
    while left != right:
        if next(steps, None) is None:
            return -1
        if left > right:
            left = above[left]
        else:
            right = above[right]
    return left
