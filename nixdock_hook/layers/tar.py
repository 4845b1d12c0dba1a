"""The canonical tar of a layer (README.md, "Canonical tar"): one source, one sequence of bytes.

A store file costs four system calls (open, fstat, read, close), and its content is read straight behind its header.
Nothing is kept but the block being filled, so memory does not grow with a file or a layer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from operator import attrgetter
from stat import S_ISDIR, S_ISREG

from ..errors import InvalidInput
from ..store.place import STORE_IN_IMAGE
from ..trees.merge import merge
from ..trees.overlay import WHITEOUT
from ..trees.tree import Entry, Owner, Tree, entry_of, hard_links, sorted_entries
from ..trees.whiteouts import whiteout_refused
from .buffers import Buffers, Write, unreadable
from .headers import BLOCK, StoreHeaders, header
from .perms import compile_perms, with_perms
from .source import StoreSource

_END = bytes(2 * BLOCK)

Member = Entry | bytes
"""An entry of a root tree, or a whole store path: where it is on disk."""


def write_layer(source: StoreSource, write: Write) -> int:
    """Write the canonical tar of a layer in blocks of about 1 MiB; returns its size.

    The blocks are lent: use one up in `write`, or in another thread until the next call of it returns.
    Raises StoreChanged where a path vanished or a file's size changed, InvalidInput where the source contradicts
    itself or holds what a layer cannot (a socket, a file called .wh.NAME).
    """
    out = Buffers(write)
    if source.perms:
        for name, entry in layer_entries(source):
            _append_entry(out, name, entry, source.owner, source.mtime)
        out.append(_END)
        return out.flush()
    headers = StoreHeaders(source.owner, source.mtime)
    for name, member in _members(source):
        if isinstance(member, Entry):
            _append_entry(out, name, member, source.owner, source.mtime)
            continue
        for path, is_file in _walk(member):
            inner = name + path[len(member) :]
            if is_file:
                _append_file(out, headers, inner, path)
            else:
                out.append(_other_header(headers, inner, path, source))
    out.append(_END)
    return out.flush()


def write_tree(tree: Tree, owner: Owner, mtime: int, write: Write) -> int:
    """Write the canonical tar of a tree's entries, no more and no less; the rest is as in `write_layer`.

    Files that have several names (`tree.hard_links`) are written once.
    """
    out = Buffers(write)
    links = hard_links(tree)
    for name, entry in sorted_entries(tree):
        if name in links:
            out.append(header(name, entry, owner, mtime, first_name=links[name]))
        else:
            _append_entry(out, name, entry, owner, mtime)
    out.append(_END)
    return out.flush()


def layer_entries(source: StoreSource) -> Iterator[tuple[bytes, Entry]]:
    """Yield what `write_layer` writes, entry by entry, in the same order and with the same errors."""
    rules = compile_perms(source.perms)
    for name, member in _members(source):
        if isinstance(member, Entry):
            yield name, with_perms(member, member.origin[0], source.owner, rules)
            continue
        for path, _ in _walk(member):
            yield name + path[len(member) :], with_perms(_store_entry(path), path, source.owner, rules)


def _members(source: StoreSource) -> list[tuple[bytes, Member]]:
    """Root entries and whole store paths (their place on disk), in the order of `tar --sort=name`."""
    paths = {STORE_IN_IMAGE + b"/" + os.path.basename(path): path for path in map(os.fsencode, source.paths)}
    root = merge(source.root, source.dirlinks) if source.root else {}
    members: dict[bytes, Member] = {**_without_store_paths(root, paths), **paths}
    for parent in (STORE_IN_IMAGE, b"nix"):
        members = _with_parent(members, parent)
    return sorted(members.items(), key=lambda item: item[0].split(b"/"))


def _without_store_paths(root: Tree, paths: dict[bytes, bytes]) -> Tree:
    """The root entries that no store path of the layer brings too; one below it that it lacks is an error."""
    kept: Tree = {}
    for name, entry in root.items():
        store_path = b"/".join(name.split(b"/", 3)[:3])
        if store_path not in paths:
            kept[name] = entry
        elif not os.path.lexists(paths[store_path] + name[len(store_path) :]):
            what = f"a root tree puts /{os.fsdecode(name)} inside a store path that the layer holds as it is"
            raise InvalidInput(what, "the layer", "do not write into the store")
    return kept


def _with_parent(members: dict[bytes, Member], parent: bytes) -> dict[bytes, Member]:
    """Have `nix` or `nix/store` (0755) exactly where something is below it: an empty one breaks overlayfs removal.

    One that a script made, and so a root tar recorded, stays as it is.
    """
    there = members.get(parent, Entry("directory", 0o755))
    if isinstance(there, Entry) and there.kind == "directory" and there.is_recorded:
        return members
    members.pop(parent, None)
    if not any(name.startswith(parent + b"/") for name in members):
        return members
    if isinstance(there, bytes) or there.kind != "directory":
        raise InvalidInput(f"/{parent.decode()} is no directory", "a root tree", "remove it: the store has to be there")
    return {parent: replace(there, mode=0o755), **members}


def _walk(top: bytes) -> Iterator[tuple[bytes, bool]]:
    """A store path and all paths below it, and whether each is a plain file: depth first, names sorted as bytes."""
    status = _lstat(top)
    yield top, S_ISREG(status.st_mode)
    todo = _children(top) if S_ISDIR(status.st_mode) else []
    while todo:
        entry = todo.pop()
        if entry.is_file(follow_symlinks=False):
            yield entry.path, True
            continue
        yield entry.path, False
        if entry.is_dir(follow_symlinks=False):
            todo += _children(entry.path)


def _children(directory: bytes) -> list[os.DirEntry[bytes]]:
    """The entries of a directory, the last name first."""
    try:
        with os.scandir(directory) as entries:
            found = sorted(entries, key=attrgetter("name"), reverse=True)
    except OSError as error:
        raise unreadable(directory, error) from error
    for entry in found:
        if entry.name.startswith(WHITEOUT):
            raise whiteout_refused(entry.path, "a store path of the image")
    return found


def _lstat(path: bytes) -> os.stat_result:
    try:
        return os.lstat(path)
    except OSError as error:
        raise unreadable(path, error) from error


def _store_entry(path: bytes) -> Entry:
    try:
        return entry_of(path)
    except OSError as error:
        raise unreadable(path, error) from error


def _open(path: bytes) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise unreadable(path, error) from error


def _append_file(out: Buffers, headers: StoreHeaders, name: bytes, path: bytes) -> None:
    """Append a file of the store, header and content."""
    fd = _open(path)
    try:
        status = os.fstat(fd)
        size = status.st_size
        out.append_file(headers.header(name, status.st_mode, size), fd, size, path)
    finally:
        os.close(fd)


def _other_header(headers: StoreHeaders, name: bytes, path: bytes, source: StoreSource) -> bytes:
    """The header of a directory or symlink of the store."""
    status = _lstat(path)
    if S_ISDIR(status.st_mode):
        return headers.header(name, status.st_mode, 0)
    return header(name, entry_of(path), source.owner, source.mtime)


def _append_entry(out: Buffers, name: bytes, entry: Entry, owner: Owner, mtime: int) -> None:
    """Append an entry; its content is a file on disk, or a part of a tar."""
    out.append(header(name, entry, owner, mtime))
    if entry.kind != "file" or not entry.size:  # a whiteout is empty, and nowhere on disk
        return
    path, offset = entry.origin
    fd = _open(path)
    try:
        os.lseek(fd, offset, os.SEEK_SET)
        out.append_content(fd, entry.size, path, whole=not entry.is_part)
    finally:
        os.close(fd)
