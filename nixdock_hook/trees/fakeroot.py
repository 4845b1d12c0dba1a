"""Trees as a script saw them that took itself for root: fakeroot keeps the ownership that a build user may not set."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from ..bases.member_names import normalise
from ..errors import InvalidInput
from .tree import Entry, Kind, Owner, Tree

STAT_FORMAT = r"%f %u %g %t %T %n\0"
"""What `stat --printf` has to print of each file for `recorded_tree`: raw mode, ids, device number and name."""

_KINDS: Mapping[int, Kind] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symlink",
    stat.S_IFIFO: "fifo",
    stat.S_IFCHR: "char",
    stat.S_IFBLK: "block",
}
_FORMATS = {kind: form for form, kind in _KINDS.items()}


def recorded_tree(top: str, listing: bytes) -> Tree:
    """The tree below `top` as `listing` has it: the output of `stat` with STAT_FORMAT, run under fakeroot in `top`.

    Raises InvalidInput for a socket: tar has no member for one.
    """
    return dict(_entry(os.fsencode(top), record) for record in listing.split(b"\0") if record)


def _entry(top: bytes, record: bytes) -> tuple[bytes, Entry]:
    mode, uid, gid, major, minor, name = record.split(b" ", 5)
    path = normalise(name)
    place = top + b"/" + path
    kind = _KINDS.get(stat.S_IFMT(int(mode, 16)))
    if kind is None:
        remedy = "remove it at the end of the script: no image can hold one"
        raise InvalidInput("a script left a socket", f"/{os.fsdecode(path)}", remedy)
    return path, Entry(
        kind,
        0o777 if kind == "symlink" else stat.S_IMODE(int(mode, 16)),
        size=os.lstat(place).st_size if kind == "file" else 0,
        target=os.readlink(place) if kind == "symlink" else b"",
        origin=(place, 0),
        owner=Owner(int(uid), int(gid), _name(uid), _name(gid)),
        device=(int(major, 16), int(minor, 16)),
    )


def write_record(tree: Tree, top: str, path: str) -> None:
    """Write what `fakeroot -i` reads: who owns the files below `top`, and what they are, as `tree` has it."""
    with open(path, "w") as file:
        for name, entry in tree.items():
            status = os.lstat(os.path.join(os.fsencode(top), name))
            owner = entry.owner or Owner()
            mode = _FORMATS[entry.kind] | entry.mode
            place = f"dev={status.st_dev:x},ino={status.st_ino},mode={mode:o}"
            file.write(f"{place},uid={owner.uid},gid={owner.gid},nlink=1,rdev={os.makedev(*entry.device)}\n")


def _name(number: bytes) -> str:
    """Numbers count; only root has a name that means the same in every image."""
    return "root" if number == b"0" else ""
