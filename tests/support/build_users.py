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
_NAME = "nixdockbuild"
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
        group = os.stat("/nix/store").st_gid  # Nix gives the store to their group
        passwd, groups = Path("/etc/passwd").read_text(), Path("/etc/group").read_text()
        (self.directory / "passwd").write_text(f"{passwd}{_NAME}:x:{UID}:{group}::/var/empty:/none\n")
        (self.directory / "group").write_text(f"{groups}{_NAME}:x:{group}:{_NAME}\n")
        nix = self.nix.configured(f"build-users-group = {_NAME}")
        command = ("unshare", "--mount", "sh", "-e", "-c", _WITH_ACCOUNTS, "sh", self.directory)
        return nix(*command, need(program), *arguments)
