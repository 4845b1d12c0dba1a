"""Store paths inside of a root file system that Nix did not put here: what they are, by their content alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from io import FileIO

from ..errors import InvalidImage
from ..store.closure import PathInfo
from ..store.nar import NarHash, read_content
from ..store.references import ReferenceScanner, by_hash_part
from .tree import Entry, Tree

_STORE = b"nix/store"
_NAME = re.compile(rb"[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+\-._?=]+")
MOST_LEVELS = 200
"""Of directories in one another, each of which takes three of Python's thousand calls."""
# What builds leave beside their outputs: it has a path's name and is none.
_LEFT_BY_BUILDS = (b".lock", b".check", b".chroot")


class StoreContent:
    """The store of a root file system.

    paths: the store paths that are there, sorted.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._children = _children(tree)
        self.paths = [f"/nix/store/{name.decode()}" for name in self._children.get(_STORE, ()) if _is_store_path(name)]
        self._by_hash_part = by_hash_part(self.paths)
        self._levels = _levels(tree)

    def info(self, path: str) -> PathInfo:
        """What Nix would find out about one of the paths: NAR hash, NAR size, references to others of them."""
        top = os.fsencode(path.removeprefix("/"))
        if self._levels[top] > MOST_LEVELS:
            remedy = "get the image again: no package has so many"
            raise InvalidImage(f"{path} has more than {MOST_LEVELS} directories in one another", "the base", remedy)
        scanner = ReferenceScanner(self._by_hash_part)
        nar = NarHash(also=scanner.feed)
        self._add(nar, top)
        nar_hash, nar_size = nar.finish()  # which lets the scanner see the last piece
        return PathInfo(path, tuple(sorted(scanner.found)), nar_hash, nar_size)

    def read(self, path: str) -> Iterator[bytes]:
        """The content of one of the paths that is a plain file."""
        return read_entry(self._tree[os.fsencode(path.removeprefix("/"))])

    def _add(self, nar: NarHash, path: bytes) -> None:
        entry = self._tree[path]
        match entry.kind:
            case "symlink":
                nar.symlink(entry.target)
            case "directory":
                nar.directory(self._children.get(path, ()), lambda name: self._add(nar, path + b"/" + name))
            case "file":
                nar.file(bool(entry.mode & 0o100), entry.size, read_entry(entry))
            case kind:
                what = f"/{os.fsdecode(path)} is a {kind}"
                raise InvalidImage(what, "the base image's store", "get the image again: Nix made no such file")


def read_entry(entry: Entry) -> Iterator[bytes]:
    """The content of a file of a tree, wherever it is."""
    place, offset = entry.origin
    with FileIO(os.fsdecode(place)) as file:
        file.seek(offset)
        yield from read_content(file, entry.size, place)


def _children(tree: Tree) -> Mapping[bytes, list[bytes]]:
    """Directory of the store → the names in it, sorted."""
    children: dict[bytes, list[bytes]] = {}
    for path in sorted(path for path in tree if path.startswith(_STORE + b"/")):
        parent, _, name = path.rpartition(b"/")
        children.setdefault(parent, []).append(name)
    return children


def _levels(tree: Tree) -> Mapping[bytes, int]:
    """Store path → how many directories deep it is."""
    levels: dict[bytes, int] = {}
    for path in tree:
        if path.startswith(_STORE + b"/"):
            top = b"/".join(path.split(b"/", 3)[:3])
            levels[top] = max(levels.get(top, 0), path.count(b"/") - 2)
    return levels


def _is_store_path(name: bytes) -> bool:
    return bool(_NAME.fullmatch(name)) and not name.endswith(_LEFT_BY_BUILDS)
