"""The root file system that one sees on top of stacked layers (OCI image specification, layer.md).

Layers are applied as docker's overlay2 does it, each by itself and then over the ones below: a directory of a layer
hides a symlink of that name below it, but within one layer what is written through a symlink ends up at its target.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..bases.tar_members import MOST_NAME_BYTES
from ..errors import InvalidImage
from ..layers.members import HardLink, LayerMembers, Member
from ..layers.source import Layer
from ..trees.overlay import MOST_IMPLIED, WHITEOUT, Directory, LayerChanges, Node, lookup, too_many_implied
from ..trees.tree import MOST_LINKS, Entry, Owner, Tree

MOST_FOLLOWED = 10_000_000
"""Names in the symlinks that the members of a layer are written through: 40 symlinks of 4 KiB are 80,000 names for each
member, minutes for a small file; a million members that go through /lib64 are a million or two."""

_IMPLIED = Entry("directory", 0o755, owner=Owner(), mtime=1)
_NAMELESS = {WHITEOUT + name for name in (b"", b".", b"..")}


class RootFileSystem:
    """What the layers applied so far show."""

    def __init__(self) -> None:
        self._root: Directory[Entry] = Directory()
        self._implied = 0

    def apply(self, members: Iterable[Member], where: object) -> None:
        """Lay a layer over the others; its members in the order of its tar, of which the last of one name counts.

        Raises InvalidImage, naming `where`, for what no runtime can unpack: a member below a file, a hard link to
        nothing, a whiteout that names no file.
        """
        layer = _Layer(self._root, where)
        layer.implied = self._implied
        for path, member in members:
            layer.add(path.split(b"/") if path else [], member)
        layer.apply(self._root)
        self._implied = layer.implied

    def tree(self) -> Tree:
        """Return all entries by path; the root's is b"". A directory that no layer has as a member is root's, 0755."""
        tree: Tree = {}
        pending: list[tuple[bytes, Node[Entry]]] = [(b"", self._root)]
        while pending:
            path, node = pending.pop()
            if len(path) > MOST_NAME_BYTES:  # One that leads through symlinks is longer than its member's name.
                what = f"a path of {len(path)} bytes ({path[:40]!r})"
                raise InvalidImage(what, "the base image", f"Linux has none of more than {MOST_NAME_BYTES}")
            if isinstance(node, Entry):
                tree[path] = node
                continue
            tree[path] = node.entry or _IMPLIED
            pending.extend((path + b"/" + name if path else name, below) for name, below in node.items())
        return tree


def root_file_system(layers: Iterable[Layer], members: LayerMembers) -> Tree:
    """Return what a container sees of these layers, as `RootFileSystem.tree`. Readable as long as `members` is open."""
    root = RootFileSystem()
    for layer in layers:
        root.apply(members.of(layer.source, (layer.diff_id, layer.size)), layer.where())
    return root.tree()


class _Layer(LayerChanges[Entry]):
    """What one layer adds, and what it hides of `below`."""

    def __init__(self, below: Directory[Entry], where: object) -> None:
        super().__init__()
        self._below = below
        self._where = where
        self._followed = 0

    def add(self, path: list[bytes], member: Entry | HardLink) -> None:
        if path and path[-1].startswith(WHITEOUT):
            if path[-1] in _NAMELESS:
                raise self._invalid(f"the whiteout {_text(path)} names no file")
            self.add_whiteout(path)
            return
        if isinstance(member, HardLink):
            member = self._linked(path, member.target.split(b"/"))
        if member.kind == "directory":
            self._add_directory(path, member)
        elif path:
            self._directory(path[:-1])[path[-1]] = member
        else:
            raise self._invalid("its root is no directory")

    def _add_directory(self, path: list[bytes], entry: Entry) -> None:
        """A directory joins one that is there; of anything else it takes the place, a symlink to a directory too."""
        directory = self.added
        if path:
            parent = self._directory(path[:-1])
            there = parent.get(path[-1])
            directory = there if isinstance(there, Directory) else Directory()
            parent[path[-1]] = directory
        directory.entry = entry

    def _directory(self, path: list[bytes]) -> Directory[Entry]:
        """The layer's directory at `path`, made where it is missing, symlinks of the layer followed."""
        trail, todo, links = [self.added], path[::-1], 0
        while todo:
            name = todo.pop()
            if name == b"..":
                trail = trail[:-1] or trail  # The root's parent is the root.
                continue
            node = trail[-1].get(name)
            if node is None:
                node = trail[-1][name] = Directory()
                self.implied += 1
                if self.implied > MOST_IMPLIED:
                    raise too_many_implied(self._where)
            if isinstance(node, Directory):
                trail.append(node)
                continue
            links += 1
            if node.kind != "symlink" or links > MOST_LINKS:
                raise self._invalid(f"{_text(path)} is no directory, but has members")
            if node.target.startswith(b"/"):
                del trail[1:]
            todo += self._follow(node.target)
        return trail[-1]

    def _follow(self, target: bytes) -> list[bytes]:
        """The parts of a symlink's target, the last first."""
        parts = [part for part in reversed(target.split(b"/")) if part not in (b"", b".")]
        self._followed += len(parts)
        if self._followed > MOST_FOLLOWED:
            raise self._invalid(f"its members lead through symlinks with more than {MOST_FOLLOWED} names in all")
        return parts

    def _linked(self, path: list[bytes], target: list[bytes]) -> Entry:
        """What a hard link leads to, in this layer or below it, as an entry of its own: the same file, once more."""
        node = lookup(self.added, target)
        if node is None:
            node = lookup(self._below, target)
        if not isinstance(node, Entry):
            raise self._invalid(f"{_text(path)} is a hard link to {_text(target)}, which is no file")
        return node

    def _invalid(self, what: str) -> InvalidImage:
        return InvalidImage(what, self._where, "get the image again: no runtime can unpack this layer")


def _text(path: list[bytes]) -> str:
    return "/" + os.fsdecode(b"/".join(path))
