"""What one layer of a base adds at and below a place, known by identity alone."""

from __future__ import annotations

from collections.abc import Sequence

from ..trees.identity import SYMLINK, UNKNOWN
from ..trees.overlay import WHITEOUT, Directory, LayerChanges, Node, lookup


class LayerTree(LayerChanges[bytes]):
    """What one layer adds at and below a place, by identity (`trees.identity`); whiteouts are kept wherever they are.

    links: the symlinks of this layer and those below it, wherever they are.
    is_clear: false where a member is written through one of those, or changes a file through a hard link: whether that
        reaches our place depends on the runtime, so nothing is known of it.
    """

    def __init__(self, place: Sequence[bytes], links: Directory[bytes] | None = None) -> None:
        super().__init__()
        self._place = list(place)
        self._length = len(self._place)
        self._links = Directory[bytes]() if links is None else links
        self._checked: list[bytes] = []
        self.is_clear = True

    def add(self, path: list[bytes], identity: bytes) -> None:
        """Add a member that is no directory, or a whiteout."""
        name = path[-1]
        self.pass_by(path)
        if identity.startswith(SYMLINK):
            self._add_link(path)
        if name.startswith(WHITEOUT):
            self.add_whiteout(path)
        elif self.keeps(path) and (parent := self._parent(path)) is not None:
            parent[name] = identity

    def add_directory(self, path: list[bytes], identity: bytes) -> None:
        """Add a directory, which keeps what the layer already has below it."""
        name = path[-1]
        if name.startswith(WHITEOUT):
            self.add(path, identity)
            return
        self.pass_by(path)
        if self.keeps(path) and (parent := self._parent(path)) is not None:
            directory = parent.get(name)
            if not isinstance(directory, Directory):
                directory = parent[name] = Directory()
            directory.entry = identity

    def link(self, path: list[bytes], target: list[bytes], kind: bytes) -> None:
        """Add a hard link: a second name of what the layer has at `target`. kind: how its identity has to begin.

        Where that is not known (outside of our place) it is of no kind, so that nobody takes it for a known file.
        """
        found = lookup(self.added, target)
        known = isinstance(found, bytes) and found.startswith(kind)
        if self.keeps(target) and not known:
            self.is_clear = False  # Its mode and owner become those of the link's header.
        self.add(path, found if isinstance(found, bytes) and known else UNKNOWN)

    def keeps(self, path: list[bytes]) -> bool:
        """True at, above and below our place."""
        return path[: self._length] == (self._place if len(path) >= self._length else self._place[: len(path)])

    def pass_by(self, path: list[bytes]) -> None:
        """Pass by a member of which it is enough to know whether it is written through a symlink."""
        parent = path[:-1]
        if parent != self._checked:  # Most members have the parent of the one before.
            self._checked = parent
            if self._links and self._leads_through_link(parent):
                self.is_clear = False

    def _leads_through_link(self, path: list[bytes]) -> bool:
        node: Node[bytes] | None = self._links
        for name in path:
            node = node.get(name) if isinstance(node, Directory) else None
            if node is None:
                return False
            if not isinstance(node, Directory):
                return True
        return False

    def _add_link(self, path: list[bytes]) -> None:
        """Take a symlink down; what is below it need not be known."""
        self._checked = []
        node = self._links
        for name in path[:-1]:
            below = node.setdefault(name, Directory())
            if not isinstance(below, Directory):
                return
            node = below
        node[path[-1]] = SYMLINK

    def _parent(self, path: list[bytes]) -> Directory[bytes] | None:
        """The directory that holds `path`, made where it is missing; None where a symlink or a file is in the way.

        What is written through a symlink ends up elsewhere, so it is not at `path`.
        """
        directory = self.added
        for name in path[:-1]:
            below = directory.get(name)
            if below is None:
                below = directory[name] = Directory()
                self.implied += 1
            if not isinstance(below, Directory):
                return None
            directory = below
        return directory
