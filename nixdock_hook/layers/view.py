"""Stacked layers, as one sees them from above: whiteouts and replacements (OCI image specification, layer.md)."""

from __future__ import annotations

from collections.abc import Sequence

Leaf = tuple[str, int]
"""Kind letter (f file, l symlink, o other) and, for files, size in bytes."""

Directory = dict[bytes, "Node"]
Node = Directory | Leaf

WHITEOUT = b".wh."
OPAQUE = b".wh..wh..opq"
AUFS = b".wh..wh."
"""How the names of whiteouts begin; what marks an opaque directory; how the names of aufs' own files begin."""
_UNKNOWN: Leaf = ("?", 0)


class LayerTree:
    """What one layer adds and deletes at and below one place; everything elsewhere is passed over."""

    def __init__(self, place: Sequence[bytes]) -> None:
        self._place = list(place)
        self.added: Directory = {}
        self.whiteouts: list[list[bytes]] = []
        self.opaque: list[list[bytes]] = []

    def add_directory(self, path: list[bytes]) -> None:
        """A directory member: it keeps what the layer already has below it."""
        if not self._matters(path):
            return
        parent = self._parent(path)
        if parent is not None and not isinstance(parent.get(path[-1]), dict):
            parent[path[-1]] = {}

    def add_leaf(self, path: list[bytes], leaf: Leaf) -> None:
        """Any other member, or a whiteout."""
        *parents, name = path
        if name.startswith(WHITEOUT):
            self._add_whiteout(parents, name)
        elif self._matters(path):
            parent = self._parent(path)
            if parent is not None:
                parent[name] = leaf

    def link(self, path: list[bytes], target: list[bytes]) -> None:
        """A hard link: a second name of what the layer has at `target`.

        Where that is not known (outside of our place) it is of no kind, so that nobody takes it for a known file.
        """
        found = lookup(self.added, target)
        self.add_leaf(path, found if isinstance(found, tuple) else _UNKNOWN)

    def _add_whiteout(self, parents: list[bytes], name: bytes) -> None:
        if name == OPAQUE:
            if self._matters(parents):
                self.opaque.append(parents)
        elif not name.startswith(AUFS):  # Those are aufs' own files; runtimes pass over them.
            hidden = [*parents, name.removeprefix(WHITEOUT)]
            if self._matters(hidden):
                self.whiteouts.append(hidden)

    def _matters(self, path: list[bytes]) -> bool:
        """True at, above and below our place."""
        length = len(self._place)
        return path[:length] == self._place[: len(path)]

    def _parent(self, path: list[bytes]) -> Directory | None:
        """The directory that holds `path`, made where it is missing; None where a symlink or a file is in the way.

        What is written through a symlink ends up elsewhere, so it is not at `path`.
        """
        directory = self.added
        for name in path[:-1]:
            below = directory.setdefault(name, {})
            if not isinstance(below, dict):
                return None
            directory = below
        return directory


def apply_layer(root: Directory, layer: LayerTree) -> None:
    """Lay a layer over what the ones below it show in `root`, which is changed.

    Whiteouts act on the layers below alone: what the same layer adds stays, wherever the whiteout stands in it.
    """
    for path in layer.whiteouts:
        parent = lookup(root, path[:-1])
        if isinstance(parent, dict):
            parent.pop(path[-1], None)
    for path in layer.opaque:
        directory = lookup(root, path)
        if isinstance(directory, dict):
            directory.clear()
    _merge(root, layer.added)


def lookup(root: Directory, path: Sequence[bytes]) -> Node | None:
    """What is at `path`, None where nothing is."""
    node: Node | None = root
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node


def _merge(lower: Directory, upper: Directory) -> None:
    """Directories on both sides become one; anything else above hides what is below."""
    pending = [(lower, upper)]
    while pending:
        lower, upper = pending.pop()
        for name, node in upper.items():
            below = lower.get(name)
            if isinstance(node, dict) and isinstance(below, dict):
                pending.append((below, node))
            else:
                lower[name] = node
