"""What the layers below ours hold, so that no store path is in an image twice (DESIGN.md, "Subtraction")."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, cast

from ..errors import InvalidImage, StoreChanged
from ..oci.decompress import Compression, detect, open_decompressed
from ..oci.digest import CHUNK, HashingReader, sha256
from ..oci.model import LAYER_GZIP, LAYER_TAR, LAYER_ZSTD, ImageConfig
from ..oci.tar_members import Member, read_members
from .stack import Directory, Node, lookup
from .tree import member_path
from .view import LayerTree, Leaf

_MEDIA_TYPES: Mapping[Compression, str] = {"none": LAYER_TAR, "gz": LAYER_GZIP, "zstd": LAYER_ZSTD}
_STORE = (b"nix", b"store")


class Files(Protocol):
    """Where an image's layers are: a docker-archive (`oci.archive`), or blobs (`oci.blobs`)."""

    def open(self, name: str, /) -> BinaryIO: ...
    def where(self, name: str, /) -> str: ...


class ImageFiles(Protocol):
    """An image in there. layers: names in its `Files`, one for each of the config's diff IDs."""

    @property
    def config(self) -> ImageConfig: ...
    @property
    def layers(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class ParentLayer:
    """diff_id, size: of the uncompressed tar. media_type: of the bytes as they are kept."""

    diff_id: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class ParentLayers:
    """The layers of a base image, the lowest first, and what one sees on top of them.

    holds: for each name in /nix/store, the `listing_digest` of what is there.
    """

    layers: tuple[ParentLayer, ...] = ()
    holds: Mapping[str, str] = field(default_factory=dict)


def read_parents(archive: Files, image: ImageFiles) -> ParentLayers:
    """Read every layer of an image once; the one place where layers are checked against their config's diff IDs.

    Raises InvalidImage for a layer that has another diff ID, is damaged or no tar, or holds names that climb out.
    """
    root: Directory[Leaf] = Directory()
    layers = []
    for member, stated in zip(image.layers, image.config.diff_ids, strict=True):
        where = archive.where(member)
        with archive.open(member) as stream:
            layer, tree = read_layer(stream, where)
        if layer.diff_id != stated:
            problem = f"the layer has the digest {layer.diff_id} but its config states {stated}"
            raise InvalidImage(problem, where, "the image is damaged or was altered, get it again")
        layers.append(layer)
        tree.apply(root)
    return ParentLayers(tuple(layers), _holds(root))


def read_layer(stream: BinaryIO, where: object) -> tuple[ParentLayer, LayerTree]:
    """Hash a layer (plain or compressed, seekable) and list what it changes at /nix/store, in one pass.

    Names are taken as runtimes take them: with or without `/` or `./` in front, and the last of several wins.
    """
    media_type = _MEDIA_TYPES[detect(stream)]
    tree = LayerTree(_STORE)
    with open_decompressed(stream, where) as plain:
        hashing = HashingReader(plain)
        buffered = cast(BinaryIO, io.BufferedReader(hashing, CHUNK))
        for member in read_members(buffered, where):
            _add(tree, member, where)
        while buffered.read(CHUNK):
            pass  # Padding behind the end blocks belongs to the digest.
        return ParentLayer(hashing.digest, hashing.size, media_type), tree


def listing_digest(path: str) -> str:
    """The digest over all names, kinds and file sizes at and below a store path of this machine.

    Raises StoreChanged where the path is not there, or vanishes.
    """
    try:
        return _digest(_list_path(os.fsencode(path)))
    except OSError as error:
        remedy = "nix-store --verify --check-contents --repair"
        raise StoreChanged(f"cannot list the store path ({error.strerror})", path, remedy) from error


def _add(tree: LayerTree, member: Member, where: object) -> None:
    path = member_path(member.name, where).split(b"/")
    match member.kind:
        case "hardlink":
            tree.link(path, member_path(member.target, where).split(b"/"))
        case "directory":
            tree.add(path, None)
        case "file":
            tree.add(path, ("f", member.size))
        case "symlink":
            tree.add(path, ("l", 0))
        case _:
            tree.add(path, ("o", 0))


def _holds(root: Directory[Leaf]) -> dict[str, str]:
    store = lookup(root, _STORE)
    if not isinstance(store, Directory):
        return {}
    # Nix gives only ASCII names; what has another is no store path, and no text for a recipe.
    return {name.decode(): _digest(_list_node(node)) for name, node in store.items() if name.isascii()}


def _digest(entries: Iterable[tuple[bytes, str, int]]) -> str:
    """Digest of (name, relative to the store path; kind: directory, file, link or other; size, of files)."""
    result = sha256()
    for name, kind, size in sorted(entries):
        result.update(b"%s%d %s\0" % (kind.encode(), size, name))
    return f"sha256:{result.hexdigest()}"


def _list_node(node: Node[Leaf]) -> Iterator[tuple[bytes, str, int]]:
    pending: list[tuple[bytes, Node[Leaf]]] = [(b"", node)]
    while pending:
        name, node = pending.pop()
        if isinstance(node, Directory):
            yield name, "d", 0
            pending.extend((name + b"/" + child, below) for child, below in node.items())
        else:
            yield name, *node


def _list_path(path: bytes) -> Iterator[tuple[bytes, str, int]]:
    pending: list[tuple[bytes, os.stat_result]] = [(b"", os.lstat(path))]
    while pending:
        name, status = pending.pop()
        if stat.S_ISDIR(status.st_mode):
            yield name, "d", 0
            with os.scandir(path + name) as entries:
                pending.extend((name + b"/" + entry.name, entry.stat(follow_symlinks=False)) for entry in entries)
        elif stat.S_ISREG(status.st_mode):
            yield name, "f", status.st_size
        else:
            yield name, "l" if stat.S_ISLNK(status.st_mode) else "o", 0
