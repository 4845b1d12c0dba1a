"""Which store paths go into which new layer. Pure: no file is read here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import InvalidInput, shown

References = Mapping[str, Iterable[str]]
"""A closure's graph: store path -> the store paths it refers to."""


MOST_LAYERS_OF_DOCKER = 125
"""Docker's store refuses an image of more ("max depth exceeded"); podman and containerd took 190."""


def by_popularity(graph: References) -> list[str]:
    """Return the paths of a closure, the most popular first; equal ones by package name.

    Popular is what many chains of references lead to: the libraries that most images share, and that seldom change.
    """
    chains = dict.fromkeys(graph, 1)
    for path in _dependents_first(graph):
        for reference in _references(graph, path):
            chains[reference] += chains[path]
    return sorted(graph, key=lambda path: (-chains[path], _package_name(path), path))


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


def _references(graph: References, path: str) -> Iterable[str]:
    """What a path refers to in the graph, itself left out."""
    return (reference for reference in graph[path] if reference != path and reference in graph)


def _dependents_first(graph: References) -> list[str]:
    """Every path before what it refers to. References have no circles (except to oneself): Nix does not allow them."""
    dependents = dict.fromkeys(graph, 0)
    for path in graph:
        for reference in _references(graph, path):
            dependents[reference] += 1
    ready = [path for path, count in dependents.items() if not count]
    for path in ready:  # grows while it is walked
        for reference in _references(graph, path):
            dependents[reference] -= 1
            if not dependents[reference]:
                ready.append(reference)
    return ready


def _package_name(path: str) -> str:
    """The store path's name without its hash."""
    return path.rpartition("/")[2][33:]
