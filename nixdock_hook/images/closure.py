"""The store paths that an image has to have, from the graph of what it is made of."""

from __future__ import annotations

from dataclasses import dataclass

from ..layers.identity import path_digest
from ..layers.plan import References, subtract
from ..steps.attributes import Attributes
from ..store.closure import PathInfo, parse_structured
from .recipe import Recipe


@dataclass(frozen=True, slots=True)
class ImageClosure:
    """infos: all of these store paths. roots: those of them that the image itself mentions, or links to from `/`."""

    infos: dict[str, PathInfo]
    roots: frozenset[str]

    def references(self) -> References:
        """Return the graph, small paths first: the order in which dockerTools' layering pipelines go through it."""
        by_size = sorted(self.infos.items(), key=lambda item: item[1].nar_size or 0)
        return {path: info.references for path, info in by_size}

    def missing(self, base: Recipe | None) -> tuple[str, ...]:
        """Return the paths that the base does not hold."""
        return subtract(self.infos, base.held() if base else {}, path_digest)


def read_closure(attributes: Attributes) -> ImageClosure:
    """Read the graph `closure`: of the spec's root and config, see `new_image`.

    Config and copied root trees go elsewhere than into the store: like dockerTools, which scans its layer, the image
    holds what they mention, and themselves only where something mentions them.
    """
    spec = attributes.spec
    graph = {info.path: info for info in parse_structured(attributes.graphs.get("closure", []))}
    linked = spec["root"] if spec["dirlinks"] == "link" else ()
    elsewhere = {spec["config"], *spec["root"]} - {*linked}
    mentioned = {reference for info in graph.values() for reference in info.references}
    infos = {path: info for path, info in graph.items() if path not in elsewhere - mentioned}
    mentioned_at_root = {reference for path in elsewhere & graph.keys() for reference in graph[path].references}
    return ImageClosure(infos, frozenset(infos.keys() & {*linked, *mentioned_at_root}))
