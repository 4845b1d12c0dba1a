"""The root in which a user's scripts run: what the steps that run them have in common."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..oci.timestamp import checked_mtime
from ..store.place import STORE, STORE_IN_IMAGE
from ..trees.merge import DIRLINKS, Dirlinks
from ..trees.tree import Owner, Tree, owner_from_json

SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where an image's own programs are, for a script that is in it."""


@dataclass(frozen=True, slots=True)
class ScriptedRoot:
    """trees: the directories at `/`. owner, mtime: of the layer that it becomes.

    extra_commands: bash code, "" = none. shell: the path of bash.
    database: which scripts find, the result of the step `nix-database`; None = none but a base's.
    """

    trees: tuple[str, ...]
    dirlinks: Dirlinks
    owner: Owner
    mtime: int
    extra_commands: str
    shell: str
    database: str | None

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            trees=fields.texts("trees"),
            dirlinks=fields.word("dirlinks", DIRLINKS),
            owner=fields.converted("owner", owner_from_json, Owner()),
            mtime=fields.converted("mtime", checked_mtime, 1),
            extra_commands=fields.text("extraCommands"),
            shell=fields.text("shell"),
            database=fields.optional_text("database"),
        )


def make_root() -> str:
    """Make the empty directory for it in the build directory; returns its path."""
    root = os.path.abspath("root")
    os.umask(0o022)
    os.mkdir(root)
    return root


def without_our_store_paths(tree: Tree) -> Tree:
    """Leave out the root itself, and the store paths that are here anyway: the script sees them in the store."""

    def is_wanted(path: bytes) -> bool:
        parts = path.split(b"/")
        if not path.startswith(STORE_IN_IMAGE + b"/"):
            return path != b""
        return not os.path.lexists(os.path.join(os.fsencode(STORE), parts[2]))

    return {path: entry for path, entry in tree.items() if is_wanted(path)}
