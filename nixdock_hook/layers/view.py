"""What stacked layers show at one place, in little time: what is elsewhere in them is passed over."""

from __future__ import annotations

from collections.abc import Sequence

from .stack import WHITEOUT, Directory, LayerChanges, lookup

Leaf = tuple[str, int]
"""Kind letter (f file, l symlink, o other) and, for files, size in bytes."""

_UNKNOWN: Leaf = ("?", 0)


class LayerTree(LayerChanges[Leaf]):
    """What one layer adds at and below a place; whiteouts are kept wherever they are."""

    def __init__(self, place: Sequence[bytes]) -> None:
        super().__init__()
        self._place = list(place)

    def add(self, path: list[bytes], leaf: Leaf | None) -> None:
        """A member or a whiteout. leaf: None for a directory, which keeps what the layer already has below it."""
        name = path[-1]
        if name.startswith(WHITEOUT):
            self.add_whiteout(path)
        elif self._matters(path) and (parent := self._parent(path)) is not None:
            if leaf is not None:
                parent[name] = leaf
            elif not isinstance(parent.get(name), Directory):
                parent[name] = Directory()

    def link(self, path: list[bytes], target: list[bytes]) -> None:
        """A hard link: a second name of what the layer has at `target`.

        Where that is not known (outside of our place) it is of no kind, so that nobody takes it for a known file.
        """
        found = lookup(self.added, target)
        self.add(path, found if isinstance(found, tuple) else _UNKNOWN)

    def _matters(self, path: list[bytes]) -> bool:
        """True at, above and below our place."""
        length = len(self._place)
        return path[:length] == self._place[: len(path)]

    def _parent(self, path: list[bytes]) -> Directory[Leaf] | None:
        """The directory that holds `path`, made where it is missing; None where a symlink or a file is in the way.

        What is written through a symlink ends up elsewhere, so it is not at `path`.
        """
        directory = self.added
        for name in path[:-1]:
            below = directory.get(name)
            if below is None:
                below = directory[name] = Directory()
            if not isinstance(below, Directory):
                return None
            directory = below
        return directory
