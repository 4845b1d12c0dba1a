"""What a layer is made of: the `source` of a recipe's layer (DESIGN.md, "The recipe")."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns the members of a layer, unless a root tar recorded something else."""

    uid: int = 0
    gid: int = 0
    uname: str = "root"
    gname: str = "root"


@dataclass(frozen=True, slots=True)
class StoreSource:
    """Store paths at their own place, and trees whose content goes to `/`.

    paths: store paths, sorted.
    root: directories (copied to `/`, later ones win), or uncompressed tars that a root step wrote
        (taken member for member, with the owners they record).
    dirlinks: what a symlink to a directory in a root tree becomes, see `layers.tree.merge`.
    mtime: seconds since 1970, for every member.
    """

    paths: tuple[str, ...] = ()
    root: tuple[str, ...] = ()
    owner: Owner = Owner()
    mtime: int = 1
    dirlinks: str = "conflict"


@dataclass(frozen=True, slots=True)
class TarSource:
    """A layer that is kept as a tar in the store."""

    path: str


@dataclass(frozen=True, slots=True)
class ArchiveSource:
    """A base image's layer, verbatim: a member of the (uncompressed or compressed) archive at `path`."""

    path: str
    member: str


Source = StoreSource | TarSource | ArchiveSource


def source_from_json(value: Any) -> Source:
    """Read the `source` object of a recipe's layer."""
    match value:
        case {
            "kind": "store",
            "paths": [*paths],
            "root": [*root],
            "owner": {"uid": int(uid), "gid": int(gid), "uname": str(uname), "gname": str(gname)},
            "mtime": int(mtime),
            "dirlinks": str(dirlinks),
        }:
            return StoreSource(tuple(paths), tuple(root), Owner(uid, gid, uname, gname), mtime, dirlinks)
        case {"kind": "tar", "path": str(path)}:
            return TarSource(path)
        case {"kind": "archive", "path": str(path), "member": str(member)}:
            return ArchiveSource(path, member)
    raise InvalidInput(f"unknown layer source {value!r:.200}", "the recipe", "build it again with this nixdock")


def source_to_json(source: Source) -> dict[str, Any]:
    """The inverse of `source_from_json`."""
    match source:
        case StoreSource():
            return {"kind": "store"} | asdict(source)
        case TarSource():
            return {"kind": "tar"} | asdict(source)
        case ArchiveSource():
            return {"kind": "archive"} | asdict(source)
