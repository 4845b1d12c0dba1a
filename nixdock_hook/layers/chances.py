"""How likely the paths of a closure are to change, and how large they are, from its graph alone. Pure.

A path of the store changes with everything that it refers to, so its chance is that of its whole closure. Nobody knows
at build time what will be updated next. What is known of images: mostly the application itself changes, a top of the
graph and what belongs to it; each other package is updated now and then, the large ones more often than the small.
Sets of paths are bit sets: bit N stands for the path `paths[N]`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from ..store.closure import PathInfo, dependencies_first, name_key, references_within
from ..store.place import split_name

APPLICATION = 128
"""Updates of each of the application's own paths for one of a tiny package."""

OVERHEAD = 2048
"""Bytes that a path costs beside its content: tar headers, and the padding behind the last file."""

_JOINER = 1 << 17
"""Coarse bytes below which a top is a script or a tree of links, and the application is what it brings together."""

_LARGEST_UPDATED_MORE = 1 << 25
"""Coarse bytes above which packages are not updated more often: most of such a package is data."""


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
        self.sizes = [_coarse(closure[path].nar_size or 0) for path in self.paths]
        own = sorted(set(self._own(users)))
        self.own = [self.paths[number] for number in own]
        frequent = {*own, *(self.number[path] for path in often if path in self.number)}
        of_the_application = bit_set(frequent)
        self.restless = bit_set(number for number, needs in enumerate(self.needs) if needs & of_the_application)
        updates = [APPLICATION if number in frequent else _updates(size) for number, size in enumerate(self.sizes)]
        self._updates = Sums(updates)
        self.total = self.weight((1 << len(self.paths)) - 1)

    def weight(self, paths: int) -> int:
        """Return how often one of these paths gets an update of its own, in units of a tiny package's."""
        return self._updates.of(paths)

    def _own(self, users: Sequence[Sequence[int]]) -> Iterator[int]:
        """The tops, and of what only tops refer to, what belongs to one of them.

        That is what has its name. A small top without such paths is a script or a tree of links: then it is all that
        the top refers to. Other references of a top are libraries, although nothing else uses them at present.
        """
        brought: dict[int, list[int]] = {number: [] for number, of in enumerate(users) if not of}
        yield from brought
        for number, of in enumerate(users):
            if of and brought.keys() >= set(of):
                for top in of:
                    brought[top].append(number)
        for top, numbers in brought.items():
            name = _package(self.paths[top])
            named = [number for number in numbers if f"{_package(self.paths[number])}-".startswith(f"{name}-")]
            yield from named or (numbers if self.sizes[top] < _JOINER else ())


class Sums:
    """The sum of a number of each path over any set of paths, without going through it path by path.

    numbers: of each path of the closure; few different ones. counted: bit set of the paths that count; all by default.
    """

    def __init__(self, numbers: Sequence[int], counted: int = -1) -> None:
        classes: dict[int, list[int]] = {}
        for path, number in enumerate(numbers):
            if counted >> path & 1:
                classes.setdefault(number, []).append(path)
        self._classes = [(number, bit_set(paths)) for number, paths in classes.items()]

    def of(self, paths: int) -> int:
        """Return the sum over those of these paths that are counted."""
        return sum(number * (paths & mask).bit_count() for number, mask in self._classes)


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


def _updates(size: int) -> int:
    """How often a package of this coarse size is updated, for one update of a tiny one: 1 to 16.

    Twice as often for each eight times as large: the stable updates of all 65,000 packages of a Debian release.
    """
    power = min(size, _LARGEST_UPDATED_MORE).bit_length() - 1
    return 1 << max(0, (power - 13) // 3)


def _package(path: str) -> str:
    """The name of a path without hash and version."""
    return split_name(name_key(path)[0])[0]
