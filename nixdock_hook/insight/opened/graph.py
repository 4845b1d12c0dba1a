"""The graph of an image's store paths: what it begins with, and the shortest way from there to one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from os.path import basename

from ...documents import canonical_json
from ...errors import InvalidInput
from ...store.closure import reachable
from ...store.references import ReferenceScanner, by_hash_part
from .model import OpenedImage, StorePath
from .packages import package_of

UNMENTIONED = "nothing else"
"""The root of what is in the image, though neither its config nor a file outside the store mentions it."""


def config_roots(config: Mapping[str, object], paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the keys of an image's config that mention store paths: `config.Cmd` → these paths, sorted."""
    known = by_hash_part(paths)
    found: dict[str, tuple[str, ...]] = {}
    for key in sorted(config):
        scanner = ReferenceScanner(known)
        scanner.feed(canonical_json.dump(config[key]))
        if scanner.found:
            found[f"config.{key}"] = tuple(sorted(scanner.found))
    return found


def with_unmentioned(
    roots: Mapping[str, tuple[str, ...]], paths: Mapping[str, StorePath]
) -> dict[str, tuple[str, ...]]:
    """Add, as roots of their own, the tops of what the others do not lead to."""
    reached = reachable((path for found in roots.values() for path in found), lambda path: _references(paths, path))
    left = paths.keys() - reached
    below = {reference for path in left for reference in _references(paths, path)}
    tops = tuple(sorted(left - below))
    return {**roots, UNMENTIONED: tops} if tops else dict(roots)


def shortest_chain(image: OpenedImage, target: str) -> list[str]:
    """Return what mentions it first (a key of `roots`), and then the store paths from there to `target`, itself last.

    Of several chains of one length the first in the order of roots and paths. [] where nothing leads to it.
    """
    paths = image.by_path()
    before: dict[str, str] = {}
    level: list[str] = []
    for root, found in image.roots.items():
        fresh = [path for path in found if path not in before]
        before.update(dict.fromkeys(fresh, root))
        level += fresh
    while level and target not in before:
        level = list(_next_level(level, before, paths))
    chain = [target]
    while chain[-1] in before:
        chain.append(before[chain[-1]])
    return chain[::-1] if len(chain) > 1 else []


def _next_level(level: Iterable[str], before: dict[str, str], paths: Mapping[str, StorePath]) -> Iterator[str]:
    for path in level:
        for reference in _references(paths, path):
            if reference not in before:
                before[reference] = path
                yield reference


def find_paths(image: OpenedImage, word: str) -> list[str]:
    """Return the store paths that a user means: by the path, its name, or the package's (`glibc`, `glibc-2.39`).

    A path in a store path stands for that. Raises InvalidInput, with what is alike, where there is none.
    """
    paths = [path.path for path in image.paths or ()]
    name = basename(word) if not word.startswith("/nix/store/") else word.split("/")[3]
    packages = {path: package_of(path) for path in paths}
    exact = [path for path in paths if name in (basename(path), basename(path)[33:], basename(path)[:32])]
    named = [path for path, package in packages.items() if name in (package.name, f"{package.name}-{package.version}")]
    if found := exact or named:
        return found
    from difflib import get_close_matches  # seldom wanted

    names = {package.name for package in packages.values()}
    inside = sorted(known for known in names if name.lower() in known.lower())
    alike = get_close_matches(name, names) or inside[:3]
    remedy = f"it has {', '.join(alike)}" if alike else "nixdock inspect IMAGE --paths lists what it has"
    raise InvalidInput(f"there is no store path {word!r:.200}", f"the image {image.title}", remedy)


def _references(paths: Mapping[str, StorePath], path: str) -> tuple[str, ...]:
    return paths[path].references or () if path in paths else ()
