"""What an attacker who got into a container could use, and a hardened image does not have."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ..errors import InvalidInput
from ..trees.accounts import Accounts
from ..trees.capabilities import XATTR
from ..trees.tree import Tree, resolved
from .declared import account_file

_SHELL = re.compile(rb"(?:.*/)?s?bin/(?:ash|bash|busybox|csh|dash|fish|ksh|mksh|sh|tcsh|zsh)")
_SETUID, _SETGID, _STICKY, _EVERYBODY_WRITES = 0o4000, 0o2000, 0o1000, 0o002
_ROOT = re.compile(r"(root|0+)?(:.*)?")


def _is_root(user: str, tree: Tree) -> bool:
    """Whether a user, by any name that /etc/passwd knows, is root."""
    if _ROOT.fullmatch(user):
        return True
    entry = tree.get(resolved(tree, b"etc/passwd", "the image"))
    if entry is None or entry.kind != "file":
        return False
    accounts = Accounts((), (), {"passwd": account_file("passwd", entry)})
    with suppress(InvalidInput):  # an id, or nobody that the file knows
        return accounts.ids_of_user(user.partition(":")[0], "User")[0] == 0
    return False


def violations(tree: Tree, config: Mapping[str, Any]) -> Iterator[str]:
    """Yield what makes an image no hardened one: a text for each user, signal, file and directory.

    tree: the root file system. config: the OCI `config`. Links to a shell count as shells, in the store too. File
    capabilities count as setuid does, also declared ones: both are what no_new_privs takes away (prctl(2)), and with it
    the Kubernetes profile "restricted".
    """
    if _is_root(user := config.get("User") or "", tree):
        yield f"it runs as {user or 'root'}: set defaultUser"
    if not config.get("StopSignal"):
        yield "it has no StopSignal"
    for path, entry in sorted(tree.items()):
        shown = f"/{os.fsdecode(path)}"
        if entry.kind in ("file", "symlink") and _SHELL.fullmatch(path):
            yield f"{shown} is a shell"
        if entry.kind == "file" and entry.mode & (_SETUID | _SETGID) and entry.mode & 0o111:
            yield f"{shown} is {'setuid' if entry.mode & _SETUID else 'setgid'}"
        if any(name == XATTR for name, _ in entry.xattrs):
            yield f"{shown} has file capabilities"
        is_shared = entry.kind == "directory" and entry.mode & _STICKY  # as /tmp
        if entry.kind in ("file", "directory") and entry.mode & _EVERYBODY_WRITES and not is_shared:
            yield f"{shown} can be written by everybody"
