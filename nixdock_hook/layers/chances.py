"""How likely the paths of a closure are to change, and how large they are, from its graph alone. Pure.

A path of the store changes with everything that it refers to, so its chance is that of its whole closure. Nobody knows
at build time what will be updated next. What is known of images: mostly the application itself changes, and that is
what nothing, or only a top of the graph, refers to; each other package is updated now and then.
Sets of paths are bit sets: bit N stands for the path `paths[N]`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from ..store.closure import PathInfo, dependencies_first, references_within

APPLICATION = 128
"""Updates of each of the application's own paths for one of another package."""

OVERHEAD = 2048
"""Bytes that a path costs beside its content: tar headers, and the padding behind the last file."""


class Chances:
    """The closure of an image, as a planner sees it.

    paths: dependencies before what needs them; independent ones by name without hash.
    needs: for each, the bit set of its closure, itself included. restless: bit set of what is changed by the
    application's own paths, or by one that is said to change often. own: the application's own paths.
    """

    def __init__(self, closure: Mapping[str, PathInfo], often: Collection[str] = ()) -> None:
        graph = {path: info.references for path, info in closure.items()}
        self.paths = dependencies_first(graph)
        self.number = {path: number for number, path in enumerate(self.paths)}
        users: list[list[int]] = [[] for _ in self.paths]
        self.needs: list[int] = []
        for number, path in enumerate(self.paths):
            needs = 1 << number
            for reference in references_within(graph, path):
                needs |= self.needs[self.number[reference]]
                users[self.number[reference]].append(number)
            self.needs.append(needs)
        tops = {number for number, of in enumerate(users) if not of}
        own = [number for number, of in enumerate(users) if tops.issuperset(of)]
        self.own = [self.paths[number] for number in own]
        frequent = {*own, *(self.number[path] for path in often if path in self.number)}
        self._frequent = bit_set(frequent)
        self.restless = bit_set(number for number, needs in enumerate(self.needs) if needs & self._frequent)
        self.sizes = [_coarse(closure[path].nar_size or 0) for path in self.paths]
        self.total = self.weight((1 << len(self.paths)) - 1)

    def weight(self, paths: int) -> int:
        """Return how often one of these paths gets an update of its own, in units of a usual package's."""
        return paths.bit_count() + (APPLICATION - 1) * (paths & self._frequent).bit_count()


class Sizes:
    """The sum of the coarse sizes of any set of some paths, without going through it path by path."""

    def __init__(self, chances: Chances, counted: int) -> None:
        classes: dict[int, int] = {}
        for number in members(counted):
            size = chances.sizes[number]
            classes[size] = classes.get(size, 0) | 1 << number
        self._classes = list(classes.items())

    def of(self, paths: int) -> int:
        """Return the bytes of those of these paths that are counted."""
        return sum(size * (paths & mask).bit_count() for size, mask in self._classes)


def bit_set(numbers: Iterable[int]) -> int:
    """Return the bit set of some numbers."""
    result = 0
    for number in numbers:
        result |= 1 << number
    return result


def members(paths: int) -> Iterator[int]:
    """Return the numbers in a bit set, the smallest first."""
    digits = f"{paths:b}"[::-1]
    number = digits.find("1")
    while number >= 0:
        yield number
        number = digits.find("1", number + 1)


def _coarse(size: int) -> int:
    """The nearest power of two: growing by some percent seldom changes it, and so seldom a plan."""
    size += OVERHEAD
    power = size.bit_length() - 1
    return 1 << power + (size * size > 1 << 2 * power + 1)
