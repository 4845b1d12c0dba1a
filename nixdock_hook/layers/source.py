"""What a layer is made of: the `source` of a recipe's layer (DESIGN.md, "The recipe")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from types import UnionType
from typing import Any

from ..errors import InvalidInput, shown
from ..store.place import in_store, is_store_path

_ID = re.compile("[0-9]{1,10}")
_IDS = 1 << 32
"""So many users and groups Linux knows."""
_REMEDY = "build it again with this nixdock"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns the members of a layer, unless a root tar recorded something else."""

    uid: int = 0
    gid: int = 0
    uname: str = "root"
    gname: str = "root"


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


@dataclass(frozen=True, slots=True)
class StoreSource:
    """Store paths at their own place, and trees whose content goes to `/`.

    paths: store paths, sorted.
    root: directories (copied to `/`, later ones win), or uncompressed tars that a root step wrote
        (taken member for member, with the owners they record).
    dirlinks: what a symlink to a directory in a root tree becomes, see `trees.merge.merge`.
    mtime: seconds since 1970, for every member.
    perms: modes and owners that differ from the store's and the layer's.
    """

    paths: tuple[str, ...] = ()
    root: tuple[str, ...] = ()
    owner: Owner = Owner()
    mtime: int = 1
    dirlinks: str = "conflict"
    perms: tuple[Perm, ...] = ()


@dataclass(frozen=True, slots=True)
class TarSource:
    """A layer that is kept as a tar in the store. paths: the store paths that it holds."""

    path: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchiveSource:
    """A base image's layer, verbatim: a member of the (uncompressed or compressed) archive at `path`."""

    path: str
    member: str


@dataclass(frozen=True, slots=True)
class BlobSource:
    """A layer of another registry as it is kept there, maybe compressed: a file with this digest and size."""

    path: str
    digest: str
    size: int


Source = StoreSource | TarSource | ArchiveSource | BlobSource


def kept_in(source: Source) -> str:
    """Return the words that name the file of a layer in an error; none for a layer that is made of store paths."""
    match source:
        case ArchiveSource(path, member):
            return f"member {member!r} of {path}"
        case TarSource(path=path) | BlobSource(path=path):
            return path
        case StoreSource():
            return ""


def source_from_json(value: Any) -> Source:
    """Read the `source` object of a recipe's layer. Raises InvalidInput where it names what is not in the store."""
    source = _source(value)
    files = source.root if isinstance(source, StoreSource) else (source.path,)
    held = source.paths if isinstance(source, StoreSource) else ()
    outside = [path for path in files if not in_store(path)] + [path for path in held if not is_store_path(path)]
    if outside:
        raise InvalidInput(f"{outside[0]!r} is not in the store", "the recipe", _REMEDY)
    return source


def _source(value: Any) -> Source:
    match value:
        case {
            "kind": "store",
            "paths": [*paths],
            "root": [*root],
            "owner": {"uid": int(uid), "gid": int(gid), "uname": str(uname), "gname": str(gname)},
            "mtime": int(mtime),
            "dirlinks": str(dirlinks),
            "perms": [*perms],
        }:
            if _are_texts(paths) and _are_texts(root):
                owner = Owner(_id("uid", uid), _id("gid", gid), uname, gname)
                return StoreSource(tuple(paths), tuple(root), owner, mtime, dirlinks, perms_from_json(perms))
        case {"kind": "tar", "path": str(path), "paths": [*paths]} if _are_texts(paths):
            return TarSource(path, tuple(paths))
        case {"kind": "archive", "path": str(path), "member": str(member)}:
            return ArchiveSource(path, member)
        case {"kind": "blob", "path": str(path), "digest": str(digest), "size": int(size)}:
            return BlobSource(path, digest, size)
    raise InvalidInput(f"unknown layer source {shown(value):.200}", "the recipe", _REMEDY)


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def owner_from_json(value: Mapping[str, Any]) -> Owner:
    """Read the owner that a user gave in Nix; ids may be strings of digits, as dockerTools takes them."""
    uid, gid = (_id(name, value.get(name)) for name in ("uid", "gid"))
    for name in ("uname", "gname"):
        if not isinstance(value.get(name), str):
            raise InvalidInput(f"{name} = {shown(value.get(name))}", "", "it is a string: put it in quotes")
    return Owner(uid, gid, value["uname"], value["gname"])


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
    uid, gid = (None if given is None else _id(name, given) for name, given in (("uid", perm.uid), ("gid", perm.gid)))
    return replace(perm, uid=uid, gid=gid)


def _id(name: str, given: Any) -> int:
    digits = str(given)
    if not _ID.fullmatch(digits) or int(digits) >= _IDS:
        raise InvalidInput(f"{name} = {shown(given):.100}", "", "it is a number, like 1000")
    return int(digits)


def source_to_json(source: Source) -> dict[str, Any]:
    """Return the inverse of `source_from_json`."""
    match source:
        case StoreSource():
            return {"kind": "store"} | asdict(source)
        case TarSource():
            return {"kind": "tar"} | asdict(source)
        case ArchiveSource():
            return {"kind": "archive"} | asdict(source)
        case BlobSource():
            return {"kind": "blob"} | asdict(source)
