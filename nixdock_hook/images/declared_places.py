"""Where declared files go: over what base, layers and trees have at a path, whose symlinks lead as in the container."""

from __future__ import annotations

import os

from ..errors import InvalidInput
from ..store.place import STORE_IN_IMAGE, leads_into_store
from ..trees.tree import MOST_LINKS, Entry, Tree, entry_of, joined, link_target, parents

_OTHER_PLACE = "declare it at another place"


class Places:
    """The entries that are made, over those that are there already.

    made: the result, with each directory that something is in. Symlinks that an image has already (`Entry.is_recorded`)
    are followed, and stay; those of the user's trees become directories where something is put below them, as
    `trees.merge` has it. So do those that lead into the store, whose paths nobody may write to.
    """

    def __init__(self, there: Tree) -> None:
        self._there = there
        self.made: Tree = {}

    def entry(self, place: bytes) -> Entry | None:
        """Return what is at a place, no symlink followed."""
        return self.made.get(place) or self._there.get(place)

    def put(self, path: str, entry: Entry, argument: str) -> None:
        """Put something that is no directory at its path.

        Raises InvalidInput, naming the argument, where a directory is there, and as `directory`.
        """
        parent, _, name = os.fsencode(path).rpartition(b"/")
        place = joined(self.directory(parent, path, argument), name)
        before = self.entry(place)
        if before is not None and before.kind == "directory":
            raise InvalidInput(f"{path} is a directory already", argument, _OTHER_PLACE)
        self.made[place] = entry

    def directory(self, path: bytes, wanted: str, argument: str) -> bytes:
        """Return where a directory is in the container; it is made where it is missing, with those that it is in.

        wanted: the path that this is for. Raises InvalidInput, naming the argument, where a file is in the way.
        """
        place = self._resolved(path, for_new=True)
        for above in (*parents(place), *filter(None, [place])):
            entry = self.entry(above)
            if entry is not None and entry.kind == "symlink":  # a tree's, which becomes one
                entry = Entry("directory", 0o755)
            elif entry is not None and entry.kind != "directory":
                what = f"/{os.fsdecode(above)}, which {wanted} is in, is a {entry.kind}"
                raise InvalidInput(what, argument, _OTHER_PLACE)
            self.made.setdefault(above, entry or Entry("directory", 0o755))
        return place

    def file(self, path: str) -> Entry | None:
        """Return the file that a path leads to, if there is one, also in the store."""
        place = self._resolved(os.fsencode(path))
        if place not in self.made:
            # A tree's symlink that something was put below is a directory of links now, to what it led to.
            for above in (*parents(place), place):
                entry = self._there.get(above)
                if entry is not None and entry.kind == "symlink":
                    return _file_of_store((entry.origin[0] or entry.target) + place[len(above) :])
        if (found := self.entry(place)) is None:
            return _file_of_store(b"/" + place)
        return found if found.kind == "file" else None

    def is_there(self, path: str) -> bool:
        """Tell whether anything is where a path leads to."""
        return self.entry(self._resolved(os.fsencode(path))) is not None

    def _resolved(self, path: bytes, for_new: bool = False) -> bytes:
        """A path with the symlinks followed that a container follows, but for those of the user's trees.

        for_new: something will be put there, so that those that lead into the store become directories first.
        """
        done, todo, links = b"", _parts(path), 0
        while todo:
            done = joined(done, todo.pop(0))
            entry = self.entry(done)
            if entry is None or entry.kind != "symlink" or (done not in self.made and not entry.is_recorded):
                continue
            links += 1
            if links > MOST_LINKS:
                raise InvalidInput(f"the symlinks of {os.fsdecode(path)} lead in a circle", "the image", "remove one")
            target = link_target(done, entry)
            if for_new and target.startswith(STORE_IN_IMAGE + b"/") and self._is_no_file(target):
                self._unfold(done, target)
            else:
                done, todo = b"", _parts(target) + todo
        return done

    def _is_no_file(self, path: bytes) -> bool:
        entry = self.entry(self._resolved(path))
        return entry is None or entry.kind == "directory"

    def _unfold(self, place: bytes, target: bytes) -> None:
        """Make a directory of a symlink into the store, with symlinks to what is in the directory that it leads to."""
        within = self._resolved(target) + b"/"
        self.made[place] = Entry("directory", 0o755)
        for name in {path[len(within) :].partition(b"/")[0] for path in self._there if path.startswith(within)}:
            self.made[joined(place, name)] = Entry("symlink", 0o777, target=b"/" + within + name)


def _file_of_store(path: bytes) -> Entry | None:
    """The file of the store that a path leads to; none where it leads elsewhere on this machine, or nowhere."""
    is_ours = leads_into_store(os.fsdecode(path)) and os.path.isfile(path)
    return entry_of(os.path.realpath(path)) if is_ours else None


def _parts(path: bytes) -> list[bytes]:
    return [part for part in path.split(b"/") if part]
