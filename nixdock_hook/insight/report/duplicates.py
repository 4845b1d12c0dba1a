"""Files of an image that hold the same bytes under several paths."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass

from ...images.base_store import entry_digest
from ...trees.tree import Entry, Tree

_SMALLEST = 1024
"""Bytes of a file that is worth to be named: hundreds of tiny ones, with the same licence, take less than one block."""
_HEAD = 4096  # bytes that are compared first: most files of one size differ in these

_File = tuple[bytes, Entry]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same bytes in several files. size: of each."""

    size: int
    paths: tuple[str, ...]

    @property
    def wasted(self) -> int:
        """The bytes of all but one."""
        return self.size * (len(self.paths) - 1)


def duplicates(tree: Tree) -> list[Duplicate]:
    """Return the duplicates of at least 1 KiB, those that waste most first; hard links are one file, and no duplicates.

    Files are read only where others have their size, and to their end only where they begin alike.
    """
    files = {id(entry): (path, entry) for path, entry in tree.items() if entry.kind == "file"}
    large = [file for file in files.values() if file[1].size >= _SMALLEST]
    found = [
        _duplicate(same)
        for of_one_size in _groups(large, lambda entry: entry.size)
        for alike in _groups(of_one_size, lambda entry: entry_digest(entry, _HEAD))
        for same in _groups(alike, entry_digest)
    ]
    return sorted(found, key=lambda duplicate: (-duplicate.wasted, duplicate.paths))


def _groups(files: Iterable[_File], key: Callable[[Entry], Hashable]) -> Iterator[list[_File]]:
    """Files with the same key, at least two of each."""
    groups: defaultdict[Hashable, list[_File]] = defaultdict(list)
    for file in files:
        groups[key(file[1])].append(file)
    return (group for group in groups.values() if len(group) > 1)


def _duplicate(group: Iterable[_File]) -> Duplicate:
    files = list(group)
    return Duplicate(files[0][1].size, tuple(sorted("/" + os.fsdecode(path) for path, _ in files)))
