"""Layering pipelines: lists of operations that split a closure's graph into layers (nixpkgs' `layeringPipeline`).

Each operation is `[NAME, ARGUMENT …]`, the operations of nixpkgs' flatten-references-graph. A value that goes from
one operation to the next is a part of the graph, a list of such values, or a dict of them under "main", "rest", ….
Pure: no file is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from ..errors import InvalidInput, shown
from ..store.closure import References, dependencies_first, name_key, reachable, references_within

Part = tuple[str, ...]
"""Some paths of the closure, in the order in which they are to be layered."""

Value: TypeAlias = "Part | list[Value] | dict[str, Value]"


def run_pipeline(operations: Sequence[Any], graph: References) -> list[Part]:
    """Return the layers that a pipeline makes of a closure, in order. Raises InvalidInput for unknown operations."""
    try:
        return list(_parts(_pipe(graph, tuple(graph), operations)))
    except RecursionError:
        raise InvalidInput("operations are nested too deeply", "layeringPipeline", "use fewer levels of pipe") from None


def limit_layers(layers: Sequence[Part], most: int) -> list[Part]:
    """Return at most `most` layers that are not empty: those that are too many are one with the last."""
    filled = [layer for layer in layers if layer]
    if len(filled) <= most:
        return filled
    return [*filled[: most - 1], tuple(path for layer in filled[most - 1 :] for path in layer)]


def _pipe(graph: References, value: Value, operations: Sequence[Any]) -> Value:
    for operation in operations:
        value = _apply(graph, value, operation)
    return value


def _apply(graph: References, value: Value, operation: Any) -> Value:
    """Apply one operation; one that works on a part is applied to every part of a list or dict."""
    match operation:
        case ["pipe", [*operations]]:
            return _pipe(graph, value, operations)
        case ["over", key, inner]:
            return _over(graph, value, key, inner)
        case ["map", inner] if not isinstance(value, tuple):
            return _map_parts(graph, value, inner)
        case ["flatten"]:
            return [*_parts(value)]
        case ["reverse"] if isinstance(value, list):
            return value[::-1]
        case ["limit_layers", int(most)] if most > 0:
            return [*limit_layers(list(_parts(value)), most)]
        case [str(name), *arguments] if name in _ON_PARTS:
            return _map(value, lambda part: _on_part(graph, part, name, arguments))
    raise _unsupported(operation, value)


def _unsupported(operation: Any, value: Value) -> InvalidInput:
    """Tell an unknown operation from one that does not fit what the one before it gives."""
    known = {*_ON_PARTS, "flatten", "limit_layers", "map", "over", "pipe", "reverse"}
    if isinstance(operation, list) and operation and operation[0] in known:
        kind = {tuple: "one part of the closure", list: "a list of parts", dict: "named parts"}[type(value)]
        what = f"wrong arguments in {shown(operation):.200}, or it cannot work on {kind}"
        return InvalidInput(what, "layeringPipeline", "see what the operation before it gives")
    what = f"unsupported operation {shown(operation):.200}"
    return InvalidInput(what, "layeringPipeline", f"nixdock knows {', '.join(sorted(known))}")


def _map_parts(graph: References, value: list[Value] | dict[str, Value], operation: Any) -> Value:
    """The operation on each element; of what it makes of one, what follows sees the list."""
    if isinstance(value, dict):
        return {key: _apply(graph, inner, operation) for key, inner in value.items()}
    return [_apply(graph, inner, operation) for inner in value]


def _over(graph: References, value: Value, key: Any, operation: Any) -> Value:
    if isinstance(value, dict) and isinstance(key, str) and key in value:
        return value | {key: _apply(graph, value[key], operation)}
    if isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
        number = key % len(value)
        return [*value[:number], _apply(graph, value[number], operation), *value[number + 1 :]]
    remedy = "see what the operation before it gives"
    raise InvalidInput(f"there is no {shown(key)} to go over", "layeringPipeline", remedy)


def _map(value: Value, change: Callable[[Part], Value]) -> Value:
    match value:
        case list():
            return [_map(inner, change) for inner in value]
        case dict():
            return {key: _map(inner, change) for key, inner in value.items()}
        case _:
            return change(value)


def _parts(value: Value) -> Iterator[Part]:
    match value:
        case list():
            for inner in value:
                yield from _parts(inner)
        case dict():
            for inner in value.values():
                yield from _parts(inner)
        case _:
            yield value


def _on_part(graph: References, part: Part, name: str, arguments: Sequence[Any]) -> Value:
    try:
        return _ON_PARTS[name](_restricted(graph, part), *arguments)
    except (TypeError, ValueError) as error:
        what = f"wrong arguments {shown(arguments):.200} of {name}"
        remedy = str(error) if isinstance(error, ValueError) else "see what dockerTools' manual says that it takes"
        raise InvalidInput(what, "layeringPipeline", remedy) from error


def _restricted(graph: References, part: Part) -> dict[str, list[str]]:
    """The graph of a part alone."""
    inside = set(part)
    return {path: [reference for reference in graph[path] if reference in inside] for path in part}


def _popularity_contest(graph: References) -> Value:
    """Each path alone, the most popular first: what many chains of references lead to, the libraries of most images."""
    chains = dict.fromkeys(graph, 1)
    for path in reversed(dependencies_first(graph)):
        for reference in references_within(graph, path):
            chains[reference] += chains[path]
    return [(path,) for path in sorted(graph, key=lambda path: (-chains[path], *name_key(path)))]


def _split_every(graph: References, count: int) -> Value:
    return [*_chunks(tuple(graph), count)]


def _split_every_reverse(graph: References, count: int) -> Value:
    """The first part is what is left over."""
    return [*(part[::-1] for part in _chunks(tuple(graph)[::-1], count)[::-1])]


def _chunks(paths: Part, count: int) -> list[Part]:
    if not isinstance(count, int) or count < 1:
        raise ValueError("give it a number, at least 1")
    return [paths[start : start + count] for start in range(0, len(paths), count)]


def _remove_paths(graph: References, *paths: str | list[str]) -> Value:
    removed = set(_flat(paths))
    return tuple(path for path in graph if path not in removed)


def _subcomponent_out(graph: References, *paths: str | list[str]) -> Value:
    """main: these paths and all that they need."""
    main = _reachable(graph, _flat(paths))
    return {"main": _only(graph, main.__contains__), "rest": _only(graph, lambda path: path not in main)}


def _subcomponent_in(graph: References, *paths: str | list[str]) -> Value:
    """main: these paths and all that needs them."""
    dependents: dict[str, list[str]] = {path: [] for path in graph}
    for path, references in graph.items():
        for reference in references:
            dependents[reference].append(path)
    main = _reachable(dependents, _flat(paths))
    return {"main": _only(graph, main.__contains__), "rest": _only(graph, lambda path: path not in main)}


def _split_paths(graph: References, *paths: object) -> Value:
    """main: these paths, and what only they need; common: what others need too; rest: all else.

    A path may be `{"children_of": PATH}` or `{"children_of": [PATH …]}`: what these refer to directly.
    """
    split = set(_split_points(graph, paths)) & graph.keys()
    below = _reachable(graph, split)
    # Not through the paths themselves: what a user of theirs needs through them alone is not common.
    others = reachable(
        (path for path in graph if path not in below),
        lambda path: [reference for reference in graph[path] if reference not in split],
    )
    return {
        "main": _only(graph, lambda path: path in below and path not in others),
        "common": _only(graph, lambda path: path in below and path in others),
        "rest": _only(graph, lambda path: path not in below),
    }


def _split_points(graph: References, points: Iterable[object]) -> Iterator[str]:
    for point in points:
        match point:
            case str():
                yield point
            case list():
                yield from _split_points(graph, point)
            case {"children_of": str() | list() as parents, **others} if not others:
                for parent in _flat([parents]):
                    yield from (child for child in graph.get(parent, ()) if child != parent)
            case _:
                raise ValueError(f"{point!r:.200} is no path, and not {{ children_of = PATH; }}")


def _flat(paths: Iterable[str | list[str]]) -> list[str]:
    return [path for item in paths for path in ([item] if isinstance(item, str) else item)]


def _only(graph: References, wanted: Callable[[str], bool]) -> Part:
    return tuple(path for path in graph if wanted(path))


def _reachable(graph: References, starts: Iterable[str]) -> set[str]:
    return reachable((path for path in starts if path in graph), graph.__getitem__)


_ON_PARTS: dict[str, Callable[..., Value]] = {
    "popularity_contest": _popularity_contest,
    "remove_paths": _remove_paths,
    "split_every": _split_every,
    "split_every_reverse": _split_every_reverse,
    "split_paths": _split_paths,
    "subcomponent_in": _subcomponent_in,
    "subcomponent_out": _subcomponent_out,
}
