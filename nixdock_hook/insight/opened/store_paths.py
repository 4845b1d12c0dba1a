"""The store paths of an image: where each is, how large, what it refers to, and what the image itself refers to.

Of what Nix put here, Nix knows all of it. Of what others made, the image's own Nix database does, or its bytes.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from ...images.recipe import Recipe
from ...layers.source import StoreSource, TarSource
from ...store.closure import PathInfo
from ...store.nar import base32_hash
from ...store.place import holder
from ...store.references import ReferenceScanner, by_hash_part
from ...store.registered import registered
from ...trees.merge import merge
from ...trees.tree import Tree
from .graph import config_roots, with_unmentioned
from .model import StorePath

if TYPE_CHECKING:
    from .contents import Contents

OUTSIDE = "/"
"""The root of what files outside of the store mention."""
_LISTS = (b"nix/", b"usr/share/sbom/")
"""Where an image lists all its store paths: Nix's database and its roots for the garbage collector, and the SBOM."""


class StorePaths:
    """Finds them for one image, and reads its layers only where nothing else will do.

    stack: what was opened can be read until its end. deep: what of a base is found out by reading its layers; else its
        names will do.
    """

    def __init__(self, recipe: Recipe, stack: ExitStack, deep: bool) -> None:
        self._recipe = recipe
        self._stack = stack
        ours = [source for layer in recipe.layers if isinstance(source := layer.source, StoreSource | TarSource)]
        self._here = {_in_image(path): path for source in ours for path in source.paths}
        self._roots = [
            (root, source.dirlinks) for source in ours if isinstance(source, StoreSource) for root in source.root
        ]
        self._held = {f"/nix/store/{name}" for name in recipe.base_holds} - self._here.keys()
        self._is_registered = bool(ours) and not (deep and self._held) and self._here.keys() <= self._registered.keys()

    @cached_property
    def contents(self) -> Contents:
        """All files of the image."""
        from ...layers.members import layer_members  # slow to import, and seldom wanted
        from .contents import read_contents

        return read_contents(self._recipe.layers, self._stack.enter_context(layer_members()))

    def paths(self) -> tuple[StorePath, ...]:
        """Return the store paths, sorted, with their sizes; their references where they cost nothing."""
        if not self._is_registered:
            sizes = self.contents.nar_sizes()
            return tuple(
                StorePath(path, self.contents.layer_of[path], sizes[path]) for path in self.contents.store.paths
            )
        layer_of = {
            _in_image(path): number
            for number, layer in enumerate(self._recipe.layers)
            if isinstance(layer.source, StoreSource | TarSource)
            for path in layer.source.paths
        }
        ours = (
            _path(path, layer_of[path], info, self._here.keys() | self._held)
            for path, info in self._registered.items()
            if path in self._here
        )
        return tuple(sorted((*ours, *(StorePath(path, None) for path in self._held)), key=lambda path: path.path))

    @cached_property
    def with_references(self) -> tuple[StorePath, ...]:
        """The store paths, sorted, with sizes and references."""
        paths = self.paths()
        if self._is_registered:
            return paths
        from ...images.base_store import image_database

        names = {path.path for path in paths}
        image = f"the image {self._recipe.name}".rstrip()  # in a layout it may have no name
        stated = {info.path: info for info in image_database(self.contents.tree, image)}
        known = {**stated, **self._registered}
        infos = (known.get(path.path) or self.contents.store.info(path.path) for path in paths)
        return tuple(
            replace(_path(path.path, path.layer, info, names), nar_size=path.nar_size)
            for path, info in zip(paths, infos, strict=True)
        )

    def roots(self) -> dict[str, tuple[str, ...]]:
        """Return what mentions store paths by itself: keys of the config, files outside of the store."""
        paths = {path.path: path for path in self.with_references}
        roots = config_roots(self._recipe.config, paths)
        if outside := self._mentioned_outside(paths):
            roots[OUTSIDE] = tuple(sorted(outside))
        return with_unmentioned(roots, paths)

    @cached_property
    def _registered(self) -> dict[str, PathInfo]:
        """What Nix knows of what it put here, by the place in the image; nothing where it lacks anything of it."""
        infos = registered({*self._here.values(), *(holder(root) for root, _ in self._roots)})
        return {_in_image(path): info for path, info in infos.items()}

    def _mentioned_outside(self, paths: Collection[str]) -> set[str]:
        scanner = ReferenceScanner(by_hash_part(paths))
        if not self._is_registered or any(isinstance(layer.source, TarSource) for layer in self._recipe.layers):
            _scan(self.contents.tree, scanner)
            return scanner.found
        mentioned: set[str] = set()
        for root, dirlinks in self._roots:
            tree = merge([root], dirlinks)
            if dirlinks == "link" or any(path.startswith(_LISTS) for path in tree):
                _scan(tree, scanner)
            else:
                mentioned.update(self._registered[_in_image(holder(root))].references)
        return scanner.found | mentioned & set(paths)


def _scan(tree: Tree, scanner: ReferenceScanner) -> None:
    """Show the scanner what is outside of the store; between two files it sees an end."""
    from ...images.base_store import read_entry

    for path, entry in tree.items():
        if path.startswith(_LISTS):
            continue
        if entry.kind == "symlink":
            scanner.feed(entry.target + b"\n")
        elif entry.kind == "file":
            for data in read_entry(entry):
                scanner.feed(data)
            scanner.feed(b"\n")


def _path(path: str, layer: int | None, info: PathInfo, names: Collection[str]) -> StorePath:
    nar_hash = base32_hash(info.nar_hash) if info.nar_hash else None
    return StorePath(path, layer, info.nar_size, _others(info, names), nar_hash)


def _others(info: PathInfo, names: Collection[str]) -> tuple[str, ...]:
    return tuple(path for path in info.references if path in names and path != info.path)


def _in_image(path: str) -> str:
    return f"/nix/store/{os.path.basename(path)}"
