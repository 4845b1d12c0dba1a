"""What a layer is made of: the `source` of a recipe's layer (README.md, "The recipe")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import InvalidInput, shown
from ..oci.model import History
from ..store.place import in_store, is_store_path
from ..trees.merge import DIRLINKS, Dirlinks
from ..trees.tree import Owner, checked_id
from .perms import Perm, perms_from_json

_REMEDY = "build it again with this nixdock"


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
    dirlinks: Dirlinks = "conflict"
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


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of an image.

    diff_id, size: digest and bytes of the uncompressed tar.
    media_type: of the bytes that the source gives; a base image's layer may be compressed.
    history: the config's history entry for this layer.
    """

    diff_id: str
    size: int
    media_type: str
    history: History
    source: Source

    def where(self) -> str:
        """Return the words that name it in an error."""
        kept = kept_in(self.source)
        return f"layer {self.diff_id}" + (f" ({kept})" if kept else "")


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
            "dirlinks": dirlinks,
            "perms": [*perms],
        }:
            if _are_texts(paths) and _are_texts(root) and dirlinks in DIRLINKS:
                owner = Owner(checked_id("uid", uid), checked_id("gid", gid), uname, gname)
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
