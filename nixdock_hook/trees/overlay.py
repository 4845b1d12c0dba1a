"""How layers stack: what one adds to those below it, and what it hides of them (OCI image specification, layer.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeAlias, TypeVar

from ..errors import InvalidImage

WHITEOUT = b".wh."
OPAQUE = b".wh..wh..opq"
_AUFS = b".wh..wh."
"""How the names of whiteouts begin; what marks an opaque directory; how the names of aufs' own files begin."""

MOST_IMPLIED = 50_000
"""Directories of an image's layers that are there only because something is below them: a name of 4 KiB stands for
2,000 of them, which take a hundred times its memory. Tools write directories as members; few layers lack a thousand."""

Leaf = TypeVar("Leaf")
"""What is known of anything but a directory."""


class Directory(dict[bytes, "Directory[Leaf] | Leaf"], Generic[Leaf]):
    """Name → what is there. entry: what a layer says of the directory itself, None where none has it as a member."""

    __slots__ = ("entry",)

    def __init__(self) -> None:
        self.entry: Leaf | None = None


Node: TypeAlias = Directory[Leaf] | Leaf


class LayerChanges(Generic[Leaf]):
    """What one layer does to the ones below it.

    Whiteouts act on the layers below alone: what the same layer adds stays, wherever they stand in it.
    implied: how many directories were made that are no members.
    """

    def __init__(self) -> None:
        self.added: Directory[Leaf] = Directory()
        self.implied = 0
        self._whiteouts: list[list[bytes]] = []
        self._opaque: list[list[bytes]] = []

    def add_whiteout(self, path: list[bytes]) -> None:
        """Add a member, of any kind, whose name begins with WHITEOUT."""
        *parents, name = path
        if name == OPAQUE:
            self._opaque.append(parents)
        elif not name.startswith(_AUFS):  # Those are aufs' own files; runtimes pass over them.
            self._whiteouts.append([*parents, name.removeprefix(WHITEOUT)])

    def apply(self, root: Directory[Leaf]) -> None:
        """Lay this layer over what the ones below it show in `root`, which is changed; the layer itself stays."""
        for *parents, name in self._whiteouts:
            if isinstance(directory := lookup(root, parents), Directory):
                directory.pop(name, None)
        for path in self._opaque:
            if isinstance(directory := lookup(root, path), Directory):
                directory.clear()
        _merge(root, self.added)


def too_many_implied(where: object) -> InvalidImage:
    """Return the error for layers with more than `MOST_IMPLIED` directories that are no members."""
    what = f"more than {MOST_IMPLIED} directories that are no members, but have some below them"
    return InvalidImage(what, where, "pack it again with its directories; if it is not yours, it may be an attack")


def whiteout(path: bytes) -> bytes:
    """Return the member that hides what is at `path`."""
    parent, slash, name = path.rpartition(b"/")
    return parent + slash + WHITEOUT + name


def lookup(root: Directory[Leaf], path: Sequence[bytes]) -> Node[Leaf] | None:
    """Return what is at `path`, None where nothing is."""
    node: Node[Leaf] | None = root
    for name in path:
        node = node.get(name) if isinstance(node, Directory) else None
    return node


def _merge(lower: Directory[Leaf], upper: Directory[Leaf]) -> None:
    """Directories on both sides become one, with the upper one's attributes; else what is above hides what is below."""
    pending = [(lower, upper)]
    while pending:
        lower, upper = pending.pop()
        lower.entry = upper.entry or lower.entry
        for name, node in upper.items():
            if not isinstance(node, Directory):
                lower[name] = node
                continue
            below = lower.get(name)
            if not isinstance(below, Directory):
                below = lower[name] = Directory()
            pending.append((below, node))
