"""Modes and owners that a user sets by regular expression, while the tar is written (nix2container's `perms`)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from types import UnionType
from typing import Any

from ..errors import InvalidInput, shown
from ..trees.tree import Entry, Owner, checked_id, checked_mode


@dataclass(frozen=True, slots=True)
class Perm:
    """Mode and owner of the files at and below `path` (of the store) whose whole path `regex` is found in.

    mode: octal digits. None = as it is.
    """

    path: str
    regex: str = ""
    mode: str | None = None
    uid: int | None = None
    gid: int | None = None
    uname: str | None = None
    gname: str | None = None

    def change(self) -> dict[str, str | int | None]:
        """Return what it says, without what it says it of."""
        return {name: getattr(self, name) for name in ("mode", "uid", "gid", "uname", "gname")}

    def __str__(self) -> str:
        said = ", ".join(f"{name} = {value}" for name, value in self.change().items() if value is not None)
        return f"{{ path = {self.path}, regex = {self.regex!r}, {said} }}"


Rule = tuple[bytes, re.Pattern[bytes], Perm]


def perms_from_json(values: Iterable[Any]) -> tuple[Perm, ...]:
    """Read perms as users write them in Nix, all fields but `path` optional."""
    return tuple(map(_perm, values))


def _perm(value: Any) -> Perm:
    known = [field.name for field in fields(Perm)]
    if not isinstance(value, dict) or "path" not in value or not value.keys() <= set(known):
        raise InvalidInput(f"not a perm ({shown(value):.200})", "perms", f"a perm has {', '.join(known)}")
    perm = Perm(**value)
    for name, given in value.items():
        texts: type | UnionType = str if name == "path" else str | None
        if name not in ("uid", "gid") and not isinstance(given, texts):
            raise InvalidInput(f"{name} = {shown(given)}", "perms", "it is a string: put it in quotes")
    uid, gid = (
        None if given is None else checked_id(name, given) for name, given in (("uid", perm.uid), ("gid", perm.gid))
    )
    return replace(perm, uid=uid, gid=gid)


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
    mode = entry.mode if first.mode is None or entry.kind == "symlink" else checked_mode(first.mode, "perms")
    return replace(entry, mode=mode, owner=_changed(entry.owner or owner, first))


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
