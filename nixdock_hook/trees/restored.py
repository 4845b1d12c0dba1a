"""What a tree recorded and a disk cannot hold for a build user (owners, setuid, capabilities), after scripts."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from .tree import Entry, Owner, Tree
from .unpack import mode_on_disk


def restored(after: Tree, before: Tree, least_mode: int) -> Tree:
    """Return what a script that was not root left, with the owners, modes and attributes that `before` recorded.

    before: what `unpack` wrote, with this least_mode. A mode that the script set stays.
    """
    return {path: _restored(entry, before.get(path), least_mode) for path, entry in after.items()}


def with_xattrs(after: Tree, before: Tree, is_same_file: Callable[[bytes], bool]) -> Tree:
    """Return what a script that took itself for root left, with the extended attributes of `before`, and its own.

    is_same_file: whether what is at a path, in both, has the same content. As Linux has it: who changes a file's
    content or owner removes its capabilities.
    """
    return after | {
        path: replace(after[path], xattrs=tuple(sorted((dict(entry.xattrs) | dict(after[path].xattrs)).items())))
        for path, entry in before.items()
        if entry.xattrs and path in after and _same_owner(after[path], entry) and is_same_file(path)
    }


def _restored(entry: Entry, was: Entry | None, least_mode: int) -> Entry:
    if was is None or not was.is_recorded or was.kind != entry.kind:
        return entry
    is_as_unpacked = entry.mode == mode_on_disk(was, least_mode)
    kept = replace(entry, owner=was.owner, mode=was.mode if is_as_unpacked else entry.mode)
    return replace(kept, xattrs=was.xattrs) if was.xattrs and same_content(entry, was) else kept


def _same_owner(one: Entry, other: Entry) -> bool:
    ids = [(owner.uid, owner.gid) for owner in (one.owner or Owner(), other.owner or Owner())]
    return ids[0] == ids[1]


def same_content(one: Entry, other: Entry) -> bool:
    """Tell whether two entries have one kind, one content and one target."""
    if (one.kind, one.size, one.target) != (other.kind, other.size, other.target):
        return False
    return one.kind != "file" or _content(one) == _content(other)


def _content(entry: Entry) -> bytes:
    path, offset = entry.origin
    with open(os.fsdecode(path), "rb") as file:
        return os.pread(file.fileno(), entry.size, offset)
