"""Symlinks to directories in a tree of links: directories while scripts run, and links again where none was needed."""

from __future__ import annotations

from dataclasses import replace

from .tree import Entry, Owner, Tree, parents


def folded(left: Tree, unfolded: Tree, tree: Tree) -> Tree:
    """What scripts left, with the symlinks of `tree` where they changed nothing below.

    unfolded: the same with directories for these symlinks, as the scripts found it.
    """
    links = {path for path, entry in tree.items() if entry.kind == "symlink" and _is_directory(unfolded, path)}
    touched = {path for path in left.keys() | unfolded.keys() if not _is_same(left.get(path), unfolded.get(path))}
    needed = {above for path in touched for above in (path, *parents(path))}
    back = links - needed
    result = {path: entry for path, entry in left.items() if not back.intersection(parents(path))}
    return result | {path: replace(tree[path], owner=left[path].owner) for path in back & result.keys()}


def _is_directory(tree: Tree, path: bytes) -> bool:
    return path in tree and tree[path].kind == "directory"


def _is_same(now: Entry | None, before: Entry | None) -> bool:
    if now is None or before is None:
        return False
    of_root = now.owner is None or (now.owner.uid, now.owner.gid) == (Owner().uid, Owner().gid)
    if not of_root or (now.kind, now.target) != (before.kind, before.target):
        return False
    return now.kind == "symlink" or now.mode == before.mode
