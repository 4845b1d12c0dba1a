"""Why a script failed that wanted to change what is not in its tree: read from its own messages."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from ..store.place import STORE
from .confinement import View

# Who may not write to a file by its mode is told that first.
_REFUSED = re.compile("read-only file system|permission denied", re.IGNORECASE)
_QUOTED = re.compile(r"""['"`‘“]([^'"`’”]+)['"’”]""")
_PLAIN = re.compile(r"""[^\s:,;()'"`‘’“”]+""")
_LAST_LINES = 5  # in which a program names its file where it says nothing more


class Reason(NamedTuple):
    """what: behind "it". remedy: how to reach the same."""

    what: str
    remedy: str


def outside_the_tree(output: str, view: View) -> Reason | None:
    """Say which path outside of the tree a script wanted to change, if its last messages name one.

    output: the end of what it and its programs printed.
    """
    lines = output.splitlines()
    refused = [line for line in lines if _REFUSED.search(line)]
    for line in refused[::-1] or lines[: -_LAST_LINES - 1 : -1]:
        for name in _names(line):
            place = _place(name, view)
            if place.startswith(f"{STORE}/") and (name != place or _is_read_only(line)):
                return _in_the_store(name, place)
    if refused and _is_read_only(refused[-1]):
        return Reason(f"would change what is not in the image ({refused[-1].strip()})", "name a path of the image")
    return None


def _is_read_only(line: str) -> bool:
    return "read-only" in line.lower()


def _in_the_store(name: str, place: str) -> Reason:
    what = f"would change the store path {place}"
    if name == place:
        return Reason(what, "nothing may change the Nix store: make a copy in the image, and change that")
    copy = f'cp --remove-destination "$(readlink -f {name})" {name}'
    return Reason(f"{what}, where {name} leads to", f"put a copy in the place of the link first: {copy}")


def _names(line: str) -> list[str]:
    """What may be the file's name in a message: what is in quotes, or the last word before the reason."""
    words = _PLAIN.findall(_REFUSED.split(line)[0])
    return _QUOTED.findall(line) or words[-1:]


def _place(name: str, view: View) -> str:
    """Where a name leads to, as the script saw it: a relative one is read from the top of the tree."""
    if name.startswith(f"{STORE}/"):
        return os.path.realpath(name)
    inside = name if name.startswith("/") and not view.is_root else f"{view.tree}/{name}"
    return os.path.realpath(inside)
