"""Updates of an image, replayed: what a client pulls again with the layers that a planner makes.

Most updates are of the application's code; some are of its modules, of a package (and so of all that refers to it), or
bring a package, or remove one.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from nixdock_hook.store.closure import PathInfo, dependencies_first

from .tools import ROOT

Closure: TypeAlias = Mapping[str, PathInfo]
Planner: TypeAlias = Callable[[Closure, int], list[tuple[str, ...]]]
"""A closure and the most layers -> the layers, the lowest first."""

Versions: TypeAlias = Mapping[str, int]
"""Path -> what is another number whenever the path, or anything that it needs, was changed."""

CODE, MODULES = "app-code", "app-modules"


@dataclass(frozen=True)
class Pulled:
    """Bytes of an average update.

    content: of the layers that the image had not before. chain: of all from the first changed one up, as docker's
    classic store pulls them. least: of the changed paths alone.
    """

    content: float
    chain: float
    least: float


@cache
def web() -> Closure:
    """A web server, git, Python, redis and what they need, as the embedded package set has them."""
    document = json.loads((ROOT / "tests/support/web_closure.json").read_text())
    return {name: PathInfo(name, tuple(node["refs"]), None, node["size"]) for name, node in document.items()}


def with_application(packages: Closure) -> dict[str, PathInfo]:
    """Add an application: its code, its modules, and a small path that brings all together."""
    mentioned = {reference for info in packages.values() for reference in info.references}
    tops = sorted(packages.keys() - mentioned)
    return {
        **packages,
        MODULES: PathInfo(MODULES, tuple(tops[:3]), None, 90_000_000),
        CODE: PathInfo(CODE, tuple(tops[:2]), None, 3_000_000),
        "app": PathInfo("app", (CODE, MODULES, *tops), None, 10_000),
    }


def replay(packages: Closure, planner: Planner, most: int, steps: int = 60, seed: int = 1) -> Pulled:
    """Plan an image before and after each of a number of updates, and add up what is pulled for them."""
    images = ((closure, versions, planner(closure, most)) for closure, versions in updated(packages, steps, seed))
    _, old_versions, old_layers = next(images)
    content = chain = least = 0
    for closure, versions, layers in images:
        size = [sum(closure[path].nar_size or 0 for path in layer) for layer in layers]
        known = [frozenset(old_versions[path] for path in layer) for layer in old_layers]
        now = [frozenset(versions[path] for path in layer) for layer in layers]
        content += sum(bytes_ for bytes_, layer in zip(size, now, strict=True) if layer not in known)
        first = next((n for n, layer in enumerate(now) if known[n : n + 1] != [layer]), len(now))
        chain += sum(size[first:])
        held = set(old_versions.values())
        least += sum(info.nar_size or 0 for path, info in closure.items() if versions[path] not in held)
        old_versions, old_layers = versions, layers
    return Pulled(content / steps, chain / steps, least / steps)


def updated(packages: Closure, steps: int, seed: int) -> Iterator[tuple[Closure, Versions]]:
    """Yield an image's closure before any update, and after each."""
    chance = random.Random(seed)
    whole = with_application(packages)
    changed = dict.fromkeys(whole, 0)
    absent: set[str] = set()
    for step in range(steps + 1):
        kind = chance.random() if step else 1.0
        if kind < 0.75:
            changed[CODE] = step
        elif kind < 0.8:
            changed[MODULES] = step
        elif kind < 0.95:
            changed[chance.choice(sorted(packages))] = step
        elif step:
            absent ^= {chance.choice(_leaves(whole))}
        closure = _without(whole, absent)
        yield closure, _versions(closure, changed)


def _leaves(whole: Closure) -> list[str]:
    """Packages that at most two paths refer to: these come and go."""
    users = [reference for info in whole.values() for reference in info.references]
    return sorted(path for path in whole if 0 < users.count(path) <= 2 and path not in (CODE, MODULES))


def _without(whole: Closure, absent: set[str]) -> dict[str, PathInfo]:
    return {
        path: PathInfo(path, tuple(of for of in info.references if of not in absent), None, info.nar_size)
        for path, info in whole.items()
        if path not in absent
    }


def _versions(closure: Closure, changed: Mapping[str, int]) -> dict[str, int]:
    versions: dict[str, int] = {}
    for path in dependencies_first({path: info.references for path, info in closure.items()}):
        below = tuple(versions[reference] for reference in closure[path].references)
        versions[path] = hash((path, changed[path], below))
    return versions
