"""What Nix hands to the steps that make an image."""

from __future__ import annotations

from typing import Any


def image_spec(**changes: Any) -> dict[str, Any]:
    """The part that is common to their specs, all as plain as it can be, but for the `changes`."""
    plain: dict[str, Any] = {
        "name": "app",
        "tag": "1",
        "architecture": "amd64",
        "os": "linux",
        "created": "1970-01-01T00:00:01Z",
        "mtime": "1970-01-01T00:00:01Z",
        "owner": {"uid": 0, "gid": 0, "uname": "root", "gname": "root"},
        "root": [],
        "dirlinks": "conflict",
        "config": None,
        "base": None,
        "inheritConfig": "env",
        "createdBy": "nixdock",
        "layers": [],
        "perms": [],
        "defaults": {},
        "defaultEnv": [],
        "prefixesEntrypoint": False,
        "annotations": {},
        "programs": None,
        "foreignProgramsAllowed": False,
    }
    return plain | changes
