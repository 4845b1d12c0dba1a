"""Closures as Nix hands them to a derivation with structured attributes, and as it prints what it knows of paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput

References = Mapping[str, Iterable[str]]
"""A closure's graph: store path -> the store paths it refers to."""

_HASH_LENGTH = 32
"""Characters of the hash in a store path's name, before a hyphen and the name proper."""


@dataclass(frozen=True, slots=True)
class PathInfo:
    """What Nix knows about one store path.

    references: full store paths, sorted; the path itself among them where it refers to itself.
    nar_hash: `sha256:<base32>` or SRI, as Nix gave it; None where a base's database does not know it.
    nar_size: bytes of the NAR; None likewise.
    deriver: the .drv, or "".
    """

    path: str
    references: tuple[str, ...]
    nar_hash: str | None = None
    nar_size: int | None = None
    deriver: str = ""


def parse_structured(graph: Any) -> list[PathInfo]:
    """Read the list that Nix puts into `.attrs.json` for structured attributes (Nix 2.0 and later)."""
    try:
        return [
            PathInfo(
                path=node["path"],
                references=_full_paths(node["path"], node["references"]),
                nar_hash=node["narHash"],
                nar_size=int(node["narSize"]),
            )
            for node in graph
        ]
    except (KeyError, TypeError, ValueError) as error:
        what = f"this is no closure graph of a known Nix ({error!r})"
        raise InvalidInput(what, "exportReferencesGraph", "report it with the version of Nix") from error


def structured(infos: Iterable[PathInfo]) -> list[dict[str, Any]]:
    """The inverse of `parse_structured`, in the order of the paths."""
    return [
        {"path": info.path, "references": list(info.references), "narHash": info.nar_hash, "narSize": info.nar_size}
        for info in sorted(infos, key=lambda info: info.path)
    ]


def parse_dump(text: str) -> list[PathInfo]:
    """Read `nix-store --dump-db`: path, NAR hash, NAR size, deriver, number of references, references, one a line."""
    lines = iter(text.splitlines())
    return [_dumped(path, lines) for path in lines]


def _dumped(path: str, lines: Iterator[str]) -> PathInfo:
    try:
        nar_hash, nar_size, deriver = next(lines), int(next(lines)), next(lines)
        references = [next(lines) for _ in range(int(next(lines)))]
    except (StopIteration, ValueError) as error:
        raise InvalidInput(f"the record of {path} is cut short", "the dump of Nix's database", "try again") from error
    if not path.startswith("/"):
        raise InvalidInput(f"{path!r} is not a store path", "the dump of Nix's database", "try again")
    nar_hash = f"sha256:{nar_hash.removeprefix('sha256:')}"
    return PathInfo(path, _full_paths(path, references), nar_hash, nar_size, deriver)


def reachable(starts: Iterable[str], references: Callable[[str], Iterable[str]]) -> set[str]:
    """The closure of some paths, themselves included. references: what one path refers to."""
    reached: set[str] = set()
    todo = list(starts)
    while todo:
        path = todo.pop()
        if path not in reached:
            reached.add(path)
            todo += references(path)
    return reached


def references_within(graph: References, path: str) -> Iterator[str]:
    """Return what a path refers to in a graph, itself left out."""
    return (reference for reference in graph[path] if reference != path and reference in graph)


def dependencies_first(graph: References) -> list[str]:
    """Return the paths of a graph, each after what it refers to; by name where that leaves a choice.

    Raises InvalidInput for references in a circle (other than to oneself): Nix does not allow them.
    """
    users: dict[str, list[str]] = {path: [] for path in graph}
    missing = dict.fromkeys(graph, 0)
    for path in sorted(graph, key=name_key):
        for reference in references_within(graph, path):
            users[reference].append(path)
            missing[path] += 1
    ready = sorted((path for path, count in missing.items() if not count), key=name_key)
    for path in ready:  # grows while it is walked
        for user in users[path]:
            missing[user] -= 1
            if not missing[user]:
                ready.append(user)
    if len(ready) < len(graph):
        path = min((path for path, count in missing.items() if count), key=name_key)
        raise InvalidInput(f"references go in a circle, at or below {path}", "the graph", "no store has such paths")
    return ready


def name_key(path: str) -> tuple[str, str]:
    """Return what orders paths by their names without the hash, so that an update keeps the place of most."""
    name = path.rpartition("/")[2]
    hashed = name[_HASH_LENGTH : _HASH_LENGTH + 1] == "-"
    return (name[_HASH_LENGTH + 1 :] if hashed else name), path


def _full_paths(path: str, references: Iterable[str]) -> tuple[str, ...]:
    """References as full paths: newer versions of Nix may name them without the store's directory."""
    store = path.rpartition("/")[0]
    return tuple(sorted(name if name.startswith("/") else f"{store}/{name}" for name in references))
