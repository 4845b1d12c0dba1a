"""A build user of the tests' own, seen in a mount namespace alone: the machine's accounts stay as they are.

Had the machine one, every later Nix of root would build as this user, one build at a time, and end each other's.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .nix import Nix
from .tools import need, need_root

UID = 31999
"""Of the user, and of its group."""
_NAME = "nixdockbuild"
_STORE = "/nix/store"
_WITH_ACCOUNTS = """
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
shift
exec "$@"
"""


@dataclass(frozen=True)
class BuildUser:
    """Nix of root that has this user build. directory: an empty one for the accounts."""

    nix: Nix
    directory: Path

    def __call__(self, program: str, *arguments: str | Path) -> str:
        """Any program of Nix; returns its stdout."""
        need_root("to build as another user")
        passwd, groups = Path("/etc/passwd").read_text(), Path("/etc/group").read_text()
        (self.directory / "passwd").write_text(f"{passwd}{_NAME}:x:{UID}:{UID}::/var/empty:/none\n")
        (self.directory / "group").write_text(f"{groups}{_NAME}:x:{UID}:{_NAME}\n")
        nix = self.nix.configured(f"build-users-group = {_NAME}")
        command = ("unshare", "--mount", "sh", "-e", "-c", _WITH_ACCOUNTS, "sh", self.directory)
        store = os.stat(_STORE)
        try:
            return nix(*command, need(program), *arguments)
        finally:  # Nix gives the store to the group.
            os.chown(_STORE, store.st_uid, store.st_gid)
            os.chmod(_STORE, store.st_mode)
