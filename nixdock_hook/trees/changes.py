"""What a script changed in a root file system, as a layer that makes the same change (OCI specification, layer.md)."""

from __future__ import annotations

from collections.abc import Callable

from .overlay import OPAQUE, whiteout
from .tree import Entry, Owner, Tree, parents

_MARK = Entry("file", 0, owner=Owner())


def layer_of_changes(before: Tree, after: Tree, is_same_file: Callable[[bytes], bool]) -> Tree:
    """The entries of the layer that turns `before` into `after`: new and altered ones, whiteouts, parents of them all.

    before: what the layers below show. after: everything that is there now.
    is_same_file: whether what is at a path, in both, is the same file or directory with the same content.
    A directory that was replaced by another one is opaque: nothing below it shines through.
    """
    replaced = {
        path
        for path, entry in after.items()
        if entry.kind == "directory" and _is_directory(before, path) and not is_same_file(path)
    }
    changes = {
        path: entry
        for path, entry in after.items()
        if _below_any(path, replaced) or not _is_unchanged(before.get(path), entry, path, is_same_file)
    }
    changes |= {path + b"/" + OPAQUE: _MARK for path in replaced}
    changes |= {
        whiteout(path): _MARK for path in before if path not in after and _is_to_be_hidden(path, after, replaced)
    }
    return changes | {parent: after[parent] for path in changes for parent in parents(path)}


def _is_directory(tree: Tree, path: bytes) -> bool:
    return path in tree and tree[path].kind == "directory"


def _is_unchanged(before: Entry | None, after: Entry, path: bytes, is_same_file: Callable[[bytes], bool]) -> bool:
    if before is None or not is_same_file(path):
        return False
    return _attributes(before) == _attributes(after)


def _attributes(entry: Entry) -> object:
    owner = entry.owner or Owner()
    mode = None if entry.kind == "symlink" else entry.mode  # Linux has none for symlinks; tools write what they like
    return entry.kind, mode, entry.target, entry.device, owner.uid, owner.gid, entry.xattrs


def _is_to_be_hidden(path: bytes, after: Tree, replaced: set[bytes]) -> bool:
    """Whether a removed path needs a whiteout of its own: its parent is still there, and would show it."""
    parent = path.rpartition(b"/")[0]
    return (not parent or _is_directory(after, parent)) and not _below_any(path, replaced)


def _below_any(path: bytes, directories: set[bytes]) -> bool:
    return bool(directories) and any(parent in directories for parent in parents(path))
