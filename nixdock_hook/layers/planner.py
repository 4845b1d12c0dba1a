"""Which store paths share a layer, so that little is pulled again after an update. Pure: no file is read here.

The paths are put into an order first, the most stable of them lowest: what is large and seldom changes comes with all
that it needs, then the next. That order serves docker's classic store, which pulls every layer above a changed one
again. It is then cut into layers where a cut saves most: paths that change together stay together. Everything is
decided by names, references and coarse sizes, of a layer by the size of its largest path, so that a path that comes,
goes or grows moves few others, and a small one as a rule no large ones.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput, shown
from ..store.closure import PathInfo, name_key
from .chances import Chances, Sums, bit_set, members

MOST_LAYERS_OF_DOCKER = 125
"""Docker's store refuses an image of more ("max depth exceeded"); podman and containerd took 190."""

_LEADERS = 400
"""The largest paths, whose closures are put into order one by one: a bound on the time of huge closures."""

_DEPTH = 4
"""Closures within closures that are put into order: hardly any are nested deeper, and each level takes its time."""

_MOVE = 3
"""Updates, of a tiny package, that sharing a layer costs beside those of its paths: others come, go and move."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What a user knows of the paths of an image; those that are not in it count for nothing.

    often: change as often as the application. together: each group is in one layer. apart: each is a layer of its own.
    """

    often: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    apart: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, value: Any) -> Hints:
        """Read hints as they stand in a spec. Raises InvalidInput."""
        match value:
            case {"often": [*often], "together": [*groups], "apart": [*apart], **others} if not others:
                if all(isinstance(group, list) for group in groups):
                    together = tuple(tuple(map(str, group)) for group in groups)
                    return cls(tuple(map(str, often)), together, tuple(map(str, apart)))
        remedy = "write { often = [ pkgs… ]; together = [ [ pkgs… ] ]; apart = [ pkgs… ]; }, each optional"
        raise InvalidInput(f"no hints ({shown(value):.200})", "layerHints", remedy)


@dataclass(frozen=True, slots=True)
class PlannedLayer:
    """paths: sorted. size: bytes of their NARs. chance: the share of all updates that change the layer, 0 to 1."""

    paths: tuple[str, ...]
    size: int
    chance: float


@dataclass(frozen=True, slots=True)
class Resent:
    """What a change of one path makes clients pull again: bytes, by content, and as docker's classic store does it."""

    path: str
    size: int
    chain: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The layers, the lowest first; and what changes of the application's own paths cost."""

    layers: tuple[PlannedLayer, ...]
    changes: tuple[Resent, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """Paths in one layer. size: coarse bytes of the largest. weight: of all that they need.

    The sum of the sizes would describe a layer better, but then each small path that comes, goes or grows has a say in
    what large ones share.
    """

    paths: tuple[int, ...]
    needs: int
    size: int
    weight: int
    restless: bool


def plan(closure: Mapping[str, PathInfo], wanted: Collection[str], most: int, hints: Hints = Hints()) -> Plan:
    """Return at most `most` layers for the wanted paths of a closure; the layers below hold the others.

    closure: with sizes. Raises InvalidInput where hints do not fit each other, or more layers than `most` are needed.
    """
    chances = Chances(closure, hints.often)
    numbers = bit_set(chances.number[path] for path in wanted)
    units = _units(chances, numbers, hints)
    apart = {number for path in hints.apart if (number := chances.number.get(path, -1)) >= 0 and numbers >> number & 1}
    alone = [unit for unit in units if apart.intersection(unit.paths)]
    shared = [unit for unit in units if not apart.intersection(unit.paths)]
    room = most - len(alone)
    if room < bool(shared):
        what = f"layerHints.apart has {len(alone)} paths of this image, and there is room for {most} layers"
        raise InvalidInput(what, "", "raise maxLayers, or set fewer paths apart")
    place = {number: place for place, unit in enumerate(units) for number in unit.paths}
    layers = sorted([*alone, *_cut(chances, shared, room)], key=lambda unit: place[unit.paths[0]])
    return _described(chances, closure, layers)


def appraise(closure: Mapping[str, PathInfo], layers: Sequence[Sequence[str]]) -> Plan:
    """Return the plan that an image has: its layers' paths, the lowest first."""
    chances = Chances(closure)
    units = [_unit(chances, [chances.number[path] for path in paths]) for paths in layers]
    return _described(chances, closure, units)


def checked_max_layers(given: object) -> int:
    """Return the `maxLayers` that a user gave in Nix."""
    if not isinstance(given, int):
        raise InvalidInput(f"maxLayers = {shown(given)}", "", "give it a number, without quotes")
    return given


def room_for_store_layers(max_layers: int, base_layers: int, wanted: bool) -> int:
    """Return how many layers are left for store paths, beside the base's and the customisation layer.

    wanted: whether there are store paths that need one. Raises InvalidInput with the smallest `maxLayers` that works.
    """
    smallest = base_layers + 1 + wanted
    if max_layers < smallest:
        base = f", of which the base image has {base_layers}" if base_layers else ""
        what = f"maxLayers = {max_layers} is too small: this image takes at least {smallest} layers{base}"
        raise InvalidInput(what, "", f"set maxLayers to {smallest} or more")
    return max_layers - base_layers - 1


def _units(chances: Chances, wanted: int, hints: Hints) -> list[_Unit]:
    """The wanted paths in the order of their layers; those of a hint's group at the place of its last."""
    groups = _groups(chances, wanted, hints)
    sizes = Sums(chances.sizes, wanted)
    restless = wanted & chances.restless
    order = _ordered(chances, sizes, wanted & ~restless, 0) + _ordered(chances, sizes, restless, ~chances.restless)
    place = {number: place for place, number in enumerate(order)}
    units = {}
    for number in order:
        group = groups.get(number, (number,))
        units[max(place[member] for member in group)] = _unit(chances, group)
    return [units[last] for last in sorted(units)]


def _unit(chances: Chances, numbers: Sequence[int]) -> _Unit:
    needs = 0
    for number in numbers:
        needs |= chances.needs[number]
    size = max(chances.sizes[number] for number in numbers)
    return _Unit(tuple(numbers), needs, size, chances.weight(needs), bool(needs & chances.restless))


def _groups(chances: Chances, wanted: int, hints: Hints) -> dict[int, tuple[int, ...]]:
    """Each path that a hint keeps together with others -> all of its group."""
    groups: dict[int, tuple[int, ...]] = {}
    for group in hints.together:
        present = {chances.number[path] for path in group if path in chances.number}
        numbers = tuple(sorted(number for number in present if wanted >> number & 1))
        for number in numbers:
            path = chances.paths[number]
            if number in groups or (path in hints.apart and len(numbers) > 1):
                other = "apart" if path in hints.apart else "another group of together"
                raise InvalidInput(f"{path} is in layerHints.together and in {other}", "", "keep one of them")
            groups[number] = numbers
    return groups


def _ordered(chances: Chances, sizes: Sums, todo: int, settled: int, depth: int = _DEPTH) -> list[int]:
    """Put paths into an order in which what many bytes stand on, and little changes, comes first.

    Again and again the path whose closure has the fewest updates for its bytes, as far as it is not there yet: the rule
    that orders jobs by time and weight (Smith's), for jobs that need others (Sidney). todo: whose references are in
    it, or settled. depth: how deep closures are put into order in the same way.
    """
    numbers = sorted(members(todo), key=lambda number: (-chances.sizes[number], name_key(chances.paths[number])))
    rank = {number: place for place, number in enumerate(numbers)}

    def usual(number: int) -> tuple[int, int]:
        return chances.weight(chances.needs[number]), rank[number]

    if not depth:
        return sorted(numbers, key=usual)

    def updates_per_byte(number: int) -> tuple[float, int]:
        fresh = chances.needs[number] & ~settled
        return chances.weight(fresh) / sizes.of(fresh), rank[number]

    leaders = {number: updates_per_byte(number) for number in numbers[:_LEADERS]}
    order: list[int] = []
    while leaders:
        best = min(leaders, key=leaders.__getitem__)
        fresh = chances.needs[best] & ~settled
        order += [*_ordered(chances, sizes, fresh & todo & ~(1 << best), settled, depth - 1), best]
        settled |= fresh
        todo &= ~fresh
        leaders = {
            number: updates_per_byte(number) if chances.needs[number] & fresh else density
            for number, density in leaders.items()
            if todo >> number & 1
        }
    return order + sorted(members(todo), key=usual)


def _cut(chances: Chances, units: Sequence[_Unit], most: int) -> list[_Unit]:
    """Join neighbours, those first that cost least, until there are at most `most` layers.

    The application and what is stable share no layer, unless there is room for one alone.
    """
    layers = dict(enumerate(units))
    after = {place: place + 1 for place in layers}
    before = {place + 1: place for place in layers}

    def offers(left: int, right: int) -> Iterator[tuple[int, int, int, int]]:
        """What joining two neighbours costs, which ones, and how many paths: those that were joined since have more."""
        first, second = layers.get(left), layers.get(right)
        if first and second and (first.restless == second.restless or most == 1):
            yield _cost(chances, first, second), left, right, len(first.paths) + len(second.paths)

    queue = [offer for place in layers for offer in offers(place, after[place])]
    heapq.heapify(queue)
    while len(layers) > most:
        _, left, right, count = heapq.heappop(queue)
        if left in layers and right in layers and len(layers[left].paths) + len(layers[right].paths) == count:
            layers[left] = _joined(chances, layers[left], layers.pop(right))
            after[left], before[after[right]] = after[right], left
            for offer in (*offers(left, after[left]), *offers(before.get(left, -1), left)):
                heapq.heappush(queue, offer)
    return list(layers.values())


def _joined(chances: Chances, first: _Unit, second: _Unit) -> _Unit:
    needs, restless = first.needs | second.needs, first.restless or second.restless
    return _Unit((*first.paths, *second.paths), needs, max(first.size, second.size), chances.weight(needs), restless)


def _cost(chances: Chances, first: _Unit, second: _Unit) -> int:
    """Bytes that are pulled again for nothing where two share a layer, times updates."""
    size = first.size + second.size
    weight = chances.weight(first.needs | second.needs) + _MOVE
    return size * weight - first.size * first.weight - second.size * second.weight


def _described(chances: Chances, closure: Mapping[str, PathInfo], layers: Sequence[_Unit]) -> Plan:
    planned = []
    for layer in layers:
        paths = tuple(sorted(chances.paths[number] for number in layer.paths))
        size = sum(closure[path].nar_size or 0 for path in paths)
        planned.append(PlannedLayer(paths, size, layer.weight / chances.total))
    changes = []
    for path in sorted(chances.own, key=name_key):
        changed = [place for place, layer in enumerate(layers) if layer.needs >> chances.number[path] & 1]
        size = sum(planned[place].size for place in changed)
        chain = sum(layer.size for layer in planned[changed[0] :]) if changed else 0
        changes.append(Resent(path, size, chain))
    return Plan(tuple(planned), tuple(changes))
