"""Store paths inside of a root file system that Nix did not put here: what they are, by their content alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from io import FileIO

from ..errors import InvalidImage
from ..oci.digest import sha256
from ..outputs import named_file, temporary_directory
from ..store.base_database import MOST_BYTES, read_database
from ..store.closure import PathInfo
from ..store.database import DATABASE, JOURNAL
from ..store.nar import NarHash, read_content
from ..store.place import STORE, STORE_IN_IMAGE, is_store_name
from ..store.references import ReferenceScanner, by_hash_part
from ..trees.tree import Entry, Tree, check_hard_links

# What builds leave beside their outputs: it has a path's name and is none.
_LEFT_BY_BUILDS = (b".lock", b".check", b".chroot")


class StoreContent:
    """The store of a root file system.

    paths: the store paths that are there, sorted. Raises InvalidImage where hard links make it too large.
    """

    def __init__(self, tree: Tree) -> None:
        check_hard_links({path: entry for path, entry in tree.items() if path.startswith(STORE_IN_IMAGE)})
        self._tree = tree
        self._children = _children(tree)
        self.paths = [
            f"{STORE}/{name.decode()}" for name in self._children.get(STORE_IN_IMAGE, ()) if _is_store_path(name)
        ]
        self._by_hash_part = by_hash_part(self.paths)

    def info(self, path: str) -> PathInfo:
        """Return what Nix would find out about one of the paths: NAR hash, NAR size, references to others of them."""
        scanner = ReferenceScanner(self._by_hash_part)
        nar = NarHash(also=scanner.feed)
        nar.tree(os.fsencode(path.removeprefix("/")), lambda path: self._node(nar, path))
        nar_hash, nar_size = nar.finish()  # which lets the scanner see the last piece
        return PathInfo(path, tuple(sorted(scanner.found)), nar_hash, nar_size)

    def read(self, path: str) -> Iterator[bytes]:
        """Yield the content of one of the paths that is a plain file."""
        return read_entry(self._tree[os.fsencode(path.removeprefix("/"))])

    def _node(self, nar: NarHash, path: bytes) -> list[bytes] | None:
        """Hand in a file or symlink; the names in a directory."""
        entry = self._tree[path]
        match entry.kind:
            case "directory":
                return self._children.get(path, [])
            case "symlink":
                nar.symlink(entry.target)
            case "file":
                nar.file(bool(entry.mode & 0o100), entry.size, read_entry(entry))
            case kind:
                what = f"/{os.fsdecode(path)} is a {kind}"
                raise InvalidImage(what, "the base image's store", "get the image again: Nix made no such file")
        return None


def image_database(tree: Tree, image: str) -> list[PathInfo]:
    """Return the registrations in the Nix database of a root file system, of which a copy is read; [] without one.

    image: what errors call it. Raises InvalidImage for a database that is too large, or as in `read_database`.
    """
    with temporary_directory() as directory:
        for place in (DATABASE, JOURNAL):
            entry = tree.get(place.encode())
            if entry is not None and entry.kind == "file":
                if entry.size > MOST_BYTES:
                    what = f"/{place} has {entry.size} bytes"
                    raise InvalidImage(what, image, "delete it: its store paths are then registered anew")
                with named_file(os.path.join(directory, os.path.basename(place))) as file:
                    file.writelines(read_entry(entry))
        file_name = os.path.join(directory, os.path.basename(DATABASE))
        return read_database(file_name, f"/{DATABASE} of {image}") if os.path.exists(file_name) else []


def read_entry(entry: Entry, most: int | None = None) -> Iterator[bytes]:
    """Yield the content of a file of a tree, wherever it is; of one that is larger its first `most` bytes."""
    place, offset = entry.origin
    with FileIO(os.fsdecode(place)) as file:
        file.seek(offset)
        yield from read_content(file, entry.size if most is None else min(entry.size, most), place)


def entry_digest(entry: Entry, most: int | None = None) -> bytes:
    """Return the SHA-256 of what `read_entry` yields."""
    digest = sha256()
    for data in read_entry(entry, most):
        digest.update(data)
    return digest.digest()


def _children(tree: Tree) -> Mapping[bytes, list[bytes]]:
    """Directory of the store → the names in it, sorted."""
    children: dict[bytes, list[bytes]] = {}
    for path in sorted(path for path in tree if path.startswith(STORE_IN_IMAGE + b"/")):
        parent, _, name = path.rpartition(b"/")
        children.setdefault(parent, []).append(name)
    return children


def _is_store_path(name: bytes) -> bool:
    return is_store_name(os.fsdecode(name)) and not name.endswith(_LEFT_BY_BUILDS)
