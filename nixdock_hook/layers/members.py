"""The members of a layer, whatever it is made of, with the place on disk where each file's content is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..bases.member_names import member_path
from ..bases.tar_members import read_members
from ..outputs import named_file, temporary_directory
from ..trees.tree import Entry, member_entry
from .content import LayerContents, layer_contents
from .hashing import Hashed
from .source import Source, StoreSource, TarSource, kept_in
from .tar import layer_entries


@dataclass(frozen=True, slots=True)
class HardLink:
    """A second name of what is at `target`, a normalised path."""

    target: bytes


Member = tuple[bytes, Entry | HardLink]
"""Normalised path, b"" for the root itself, and what is there. Whiteouts are files, as in the tar."""


class LayerMembers:
    """Lists layers; get one from `layer_members`. What it lists can be read as long as that one's block lasts."""

    def __init__(self, contents: LayerContents, directory: str) -> None:
        self._contents = contents
        self._directory = directory

    def of(self, source: Source, expected: Hashed) -> Iterator[Member]:
        """Yield the members of a layer, in the order of its tar.

        Every entry has an owner and an mtime. Raises StoreChanged where a base image's layer no longer is what
        was expected, InvalidImage where a name climbs out of the root or a member cannot be unpacked.
        """
        match source:
            case StoreSource():
                for path, entry in layer_entries(source):
                    yield path, _of_layer(entry, source)
            case TarSource(path=path):
                yield from _tar_members(os.fsencode(path), path)
            case _:
                yield from _tar_members(self._unpacked(source, expected), kept_in(source))

    def _unpacked(self, source: Source, expected: Hashed) -> bytes:
        """The layer as a plain tar on disk: in the archive it, or the archive itself, may be compressed."""
        place = os.path.join(self._directory, expected[0])
        if not os.path.exists(place):
            with named_file(place) as file:
                self._contents.write(source, expected, file.write)
        return os.fsencode(place)


@contextmanager
def layer_members() -> Iterator[LayerMembers]:
    """Give a LayerMembers, whose base image layers are unpacked below $TMPDIR until the end."""
    with temporary_directory() as directory, layer_contents() as contents:
        yield LayerMembers(contents, directory)


def _of_layer(entry: Entry, source: StoreSource) -> Entry:
    """The entry with the layer's owner and time, where it has none of its own."""
    mtime = source.mtime if entry.mtime is None else entry.mtime
    return Entry(  # `replace` takes six times as long, of what is done for each file of an image
        entry.kind,
        entry.mode,
        entry.size,
        entry.target,
        entry.origin,
        entry.owner or source.owner,
        mtime,
        entry.device,
        entry.xattrs,
    )


def _tar_members(path: bytes, where: str) -> Iterator[Member]:
    with open(path, "rb") as tar:
        for member in read_members(tar, where):
            name = member_path(member.name, where)
            if member.kind == "hardlink":
                yield name, HardLink(member_path(member.target, where))
            else:
                yield name, member_entry(member, member.kind, path)
