"""Closures as Nix hands them to a derivation with structured attributes, and as it prints what it knows of paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput


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


def _full_paths(path: str, references: Iterable[str]) -> tuple[str, ...]:
    """References as full paths: newer versions of Nix may name them without the store's directory."""
    store = path.rpartition("/")[0]
    return tuple(sorted(name if name.startswith("/") else f"{store}/{name}" for name in references))
