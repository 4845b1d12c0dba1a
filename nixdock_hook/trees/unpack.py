"""Trees written to disk by a user who may neither give files away nor make devices."""

from __future__ import annotations

import errno
import os

from ..errors import InvalidImage, StoreChanged
from ..oci.digest import CHUNK
from .tree import Entry, Tree, check_hard_links, sorted_entries


def unpack(tree: Tree, root: str, least_mode: int = 0) -> None:
    """Write a tree below `root`, which is there and empty.

    Directories are 0755, so that more can be written into them; files have their mode and `least_mode`, without
    setuid and the like. Devices become empty files, as under fakeroot: `trees.fakeroot` keeps what they are.
    Nothing leaves `root`: every path is normalised, and its parents are directories that were made here.
    Hard links become copies, so that a script changes one file only. Raises InvalidImage where those, or a name, are
    larger than a file system takes.
    """
    check_hard_links(tree)
    for path, entry in sorted_entries(tree):
        try:
            _write(os.path.join(os.fsencode(root), path), entry, least_mode)
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            what = f"a name that is too long for the file system ({path[:40]!r}…, {len(path)} bytes)"
            raise InvalidImage(what, "the base image", "use it without scripts that need a copy") from error


def mode_on_disk(entry: Entry, least_mode: int = 0) -> int:
    """Return the mode that `unpack` gives to an entry, 0777 for a symlink."""
    if entry.kind == "directory":
        return 0o755
    return 0o777 if entry.kind == "symlink" else entry.mode & 0o777 | least_mode


def _write(place: bytes, entry: Entry, least_mode: int) -> None:
    match entry.kind:
        case "directory":
            os.mkdir(place)
        case "symlink":
            os.symlink(entry.target, place)
        case "fifo":
            os.mkfifo(place)
        case _:
            _write_file(place, entry, mode_on_disk(entry, least_mode))


def _write_file(place: bytes, entry: Entry, mode: int) -> None:
    target = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if entry.kind == "file" and entry.size:
            _copy(entry, target)
        os.fchmod(target, mode)
    finally:
        os.close(target)


def _copy(entry: Entry, target: int) -> None:
    path, offset = entry.origin
    source, left = os.open(path, os.O_RDONLY), entry.size
    try:
        while left:
            count = os.sendfile(target, source, offset, min(left, CHUNK))
            if not count:
                raise StoreChanged(f"{os.fsdecode(path)} got shorter while it was read", "", "build the image again")
            offset, left = offset + count, left - count
    finally:
        os.close(source)
