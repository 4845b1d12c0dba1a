"""The store paths that an image has to have, from the graph of what it is made of."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..layers.base_layers import subtract
from ..store.closure import PathInfo, References
from ..trees.identity import path_digest
from ..trees.merge import DIRLINKS, Dirlinks
from .recipe import Recipe


@dataclass(frozen=True, slots=True)
class ImageContent:
    """What a closure was asked for.

    root: directories and root tars for `/`. dirlinks: see `trees.merge.merge`. config: a file, or None.
    """

    root: tuple[str, ...]
    dirlinks: Dirlinks
    config: str | None

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(fields.texts("root"), fields.word("dirlinks", DIRLINKS), fields.optional_text("config"))


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


def image_closure(graph: Iterable[PathInfo], content: ImageContent) -> ImageClosure:
    """Return what an image has to have, from the graph of its content.

    Config and copied root trees go elsewhere than into the store: like dockerTools, which scans its layer, the image
    holds what they mention, and themselves only where something mentions them. A root tar is linked to by nothing.
    """
    paths = {info.path: info for info in graph}
    linked = [root for root in content.root if content.dirlinks == "link" and not os.path.isfile(root)]
    elsewhere = {*content.root, *filter(None, [content.config])} - {*linked}
    mentioned = {reference for info in paths.values() for reference in info.references}
    infos = {path: info for path, info in paths.items() if path not in elsewhere - mentioned}
    mentioned_at_root = {reference for path in elsewhere & paths.keys() for reference in paths[path].references}
    return ImageClosure(infos, frozenset(infos.keys() & {*linked, *mentioned_at_root}))
