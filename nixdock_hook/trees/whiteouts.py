"""Files that a layer cannot hold: one called `.wh.NAME` says there that NAME is deleted (image-spec, layer.md)."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..errors import InvalidInput
from .overlay import WHITEOUT
from .tree import Entry, Tree


def is_whiteout(path: bytes) -> bool:
    """Tell whether a file of this name would be taken for a whiteout."""
    return path.rpartition(b"/")[2].startswith(WHITEOUT)


def whiteout_refused(path: bytes, where: str, remedy: str = "rename it, or leave it out") -> InvalidInput:
    """Return the error for a file at `path` whose name means a deletion, and that was meant as a file."""
    what = f"{os.fsdecode(path)} is called like a whiteout: in an image it would delete the file without `.wh.`"
    return InvalidInput(what, where, remedy)


def check_names(entries: Iterable[tuple[bytes, Entry]]) -> None:
    """Raise InvalidInput for the first entry of a user's tree with such a name; a root tar's are meant (see below)."""
    for path, entry in entries:
        if not entry.is_recorded and is_whiteout(path):
            raise whiteout_refused(entry.origin[0] or b"/" + path, "copyToRoot or contents")


def check_scripts_names(tree: Tree, on_base: bool) -> None:
    """Raise InvalidInput for an entry with such a name that a script left, unless it deletes something of a base.

    On a base an empty file is taken for what it says, as with dockerTools. runAsRoot sees the base, and can delete.
    """
    for path, entry in tree.items():
        if is_whiteout(path) and not (on_base and entry.kind == "file" and not entry.size):
            remedy = "rename it; an empty file of extraCommands or fakeRootCommands deletes what a base image has"
            raise whiteout_refused(b"/" + path, "what the scripts made", remedy)
