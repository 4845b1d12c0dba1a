"""Trees as a script saw them that took itself for root: fakeroot keeps the ownership that a build user may not set."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import replace

from ..bases.member_names import normalise
from ..errors import InvalidInput
from .tree import Entry, Kind, Owner, Tree

STAT_FORMAT = r"%f %u %g %t %T %n\0"
"""What `stat --printf` has to print of each file for `recorded_tree`: raw mode, ids, device number and name."""

LIST_XATTRS = """
import os, sys
for top, directories, files in os.walk(b"."):
    for path in (os.path.join(top, name) for name in directories + files):
        try:
            for key in os.listxattr(path, follow_symlinks=False):
                if key == "security.capability" or key.startswith("user."):
                    value = os.getxattr(path, key, follow_symlinks=False)
                    sys.stdout.buffer.write(f"{key.encode().hex()}={value.hex()} ".encode() + path + bytes(1))
        except OSError:
            pass  # no file system has attributes that may not be read, and that a script could set
"""
"""The Python program that prints the extended attributes of all files for `recorded_tree`, behind what `stat` prints.

Others are the machine's own (security.selinux), or of no use in an image.
"""

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

    Behind it may be that of LIST_XATTRS. Raises InvalidInput for a socket: tar has no member for one.
    """
    tree: Tree = {}
    for record in filter(None, listing.split(b"\0")):
        if b"=" in record.partition(b" ")[0]:
            path, attribute = _attribute(record)
            tree[path] = replace(tree[path], xattrs=tuple(sorted((*tree[path].xattrs, attribute))))
        else:
            path, entry = _entry(os.fsencode(top), record)
            tree[path] = entry
    return tree


def _attribute(record: bytes) -> tuple[bytes, tuple[str, bytes]]:
    pair, _, name = record.partition(b" ")
    key, value = (bytes.fromhex(digits.decode()) for digits in pair.split(b"="))
    return normalise(name), (os.fsdecode(key), value)


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
