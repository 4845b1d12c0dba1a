"""What a user expects of the files of an image, compared with its root file system."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from ..documents.fields import ExactFields
from ..trees.tree import Entry, Tree, checked_mode, joined, resolved
from .base_store import read_entry

MOST_SEARCHED = 16 << 20
"""Bytes of a file that a text is looked for in, from its beginning: what people expect there is a configuration."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected at a path, absolute; None = anything.

    exists: False where nothing may be. kind: a word of `trees.tree.Kind`. mode: octal digits. target: of a symlink.
    contains: text in a file, or in the one that a symlink leads to.
    """

    path: str
    exists: bool
    kind: str | None
    mode: str | None
    uid: int | None
    gid: int | None
    target: str | None
    contains: str | None

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            path=fields.text("path"),
            exists=fields.flag("exists"),
            kind=fields.optional_text("type"),
            mode=fields.optional_text("mode"),
            uid=fields.value("uid"),
            gid=fields.value("gid"),
            target=fields.optional_text("target"),
            contains=fields.optional_text("contains"),
        )


def differences(tree: Tree, expected: Iterable[Expected]) -> Iterator[str]:
    """Yield a text for all that is not as expected.

    Symlinks to directories that a path leads through are followed, as in the container; one that is at the path is
    what is there. Raises InvalidInput for those that lead in a circle.
    """
    for one in expected:
        parent, _, name = os.fsencode(one.path[1:]).rpartition(b"/")
        where = f'files."{one.path}"'
        place = joined(resolved(tree, parent, where), name)
        entry = tree.get(place)
        if entry is None and one.exists:
            yield f"{one.path} is missing"
        elif entry is not None and not one.exists:
            yield f"{one.path} is there"
        elif entry is not None:
            yield from _differences(one, entry)
            if one.contains is not None and one.contains.encode() not in _beginning(tree, resolved(tree, place, where)):
                yield f"{one.path} does not contain {one.contains!r}"


def _differences(one: Expected, entry: Entry) -> Iterator[str]:
    owner = entry.owner
    mode = None if one.mode is None else checked_mode(one.mode, f'files."{one.path}".mode')
    pairs: dict[str, tuple[Any, Any]] = {
        "type": (one.kind, entry.kind),
        "mode": (None if mode is None else f"{mode:04o}", f"{entry.mode:04o}"),
        "uid": (one.uid, owner.uid if owner else 0),
        "gid": (one.gid, owner.gid if owner else 0),
        "target": (one.target, os.fsdecode(entry.target)),
    }
    for word, (wanted, found) in pairs.items():
        if wanted is not None and wanted != found:
            yield f"{one.path} has {word} {found}, not {wanted}"


def _beginning(tree: Tree, place: bytes) -> bytes:
    entry = tree.get(place)
    return b"".join(read_entry(entry, MOST_SEARCHED)) if entry and entry.kind == "file" else b""
