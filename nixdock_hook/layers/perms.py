"""Modes and owners that a user sets by regular expression, while the tar is written (nix2container's `perms`)."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from ..errors import InvalidInput
from ..trees.tree import Entry
from .source import Owner, Perm

Rule = tuple[bytes, re.Pattern[bytes], Perm]


def compile_perms(perms: Sequence[Perm]) -> list[Rule]:
    """The perms with their expressions compiled. Raises InvalidInput for one that is no expression."""
    return [(os.fsencode(perm.path), _pattern(perm.regex), perm) for perm in perms]


def with_perms(entry: Entry, place: bytes, owner: Owner, rules: Sequence[Rule]) -> Entry:
    """The entry with the mode and owner that the one perm says that fits its place on disk, in the store.

    owner: the layer's, of which a perm may change a part. Raises InvalidInput where two perms say different things.
    """
    fitting = [perm for top, pattern, perm in rules if _is_at_or_below(place, top) and pattern.search(place)]
    if not fitting:
        return entry
    first, *others = fitting
    for other in others:
        if other.change() != first.change():
            what = f"{first} and {other} say different things of {os.fsdecode(place)}"
            raise InvalidInput(what, "perms", "narrow the regex of one of them")
    mode = entry.mode if first.mode is None or entry.kind == "symlink" else _mode(first.mode)
    return replace(entry, mode=mode, owner=_changed(entry.owner or owner, first))


def _mode(digits: str) -> int:
    if not re.fullmatch("[0-7]{3,4}|0[0-7]{4}", digits):
        raise InvalidInput(f"the mode {digits!r}", "perms", 'write it in octal digits, like "0755"')
    return int(digits, 8)


def _changed(owner: Owner, perm: Perm) -> Owner:
    return Owner(
        owner.uid if perm.uid is None else perm.uid,
        owner.gid if perm.gid is None else perm.gid,
        owner.uname if perm.uname is None else perm.uname,
        owner.gname if perm.gname is None else perm.gname,
    )


def _is_at_or_below(place: bytes, top: bytes) -> bool:
    return place == top or place.startswith(top + b"/")


@cache
def _pattern(regex: str) -> re.Pattern[bytes]:
    try:
        return re.compile(os.fsencode(regex))
    except re.error as error:
        raise InvalidInput(f"{regex!r} is no regular expression ({error})", "perms", "correct it") from error
