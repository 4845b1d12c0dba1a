"""What the layers below ours hold, so that no store path is in an image twice (README.md, "What a base has")."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, cast

from ..bases.decompress import Compression, decompression_bomb, detect, most_decompressed, open_decompressed
from ..bases.files import NamedFiles
from ..bases.member_names import member_path
from ..bases.tar_members import Member, read_members
from ..errors import InvalidImage
from ..oci.digest import CHUNK, HashingReader
from ..oci.model import LAYER_BZIP2, LAYER_GZIP, LAYER_TAR, LAYER_XZ, LAYER_ZSTD, ImageConfig
from ..store.place import STORE_IN_IMAGE
from ..trees.identity import UNKNOWN, member_kind, of_bytes, tree_digest
from ..trees.overlay import MOST_IMPLIED, WHITEOUT, Directory, lookup, too_many_implied
from .layer_tree import LayerTree

_MEDIA_TYPES: Mapping[Compression, str] = {
    "none": LAYER_TAR,
    "gzip": LAYER_GZIP,
    "zstd": LAYER_ZSTD,
    "xz": LAYER_XZ,
    "bzip2": LAYER_BZIP2,
}
_STORE = STORE_IN_IMAGE.split(b"/")

Held = Mapping[str, str | None]
"""What the layers of a base hold: store path -> the digest of what they have of it (see `trees.identity`), None where
it is the store path itself."""

MOST_LAYERS = 500
"""In an image: Linux stacks no more (fs/overlayfs, OVL_MAX_STACK), and docker 127."""


class ImageFiles(Protocol):
    """An image. layers: names of its files, one for each of the config's diff IDs."""

    @property
    def config(self) -> ImageConfig: ...
    @property
    def layers(self) -> tuple[str, ...]: ...


def subtract(paths: Iterable[str], held: Held, path_digest: Callable[[str], str]) -> tuple[str, ...]:
    """Return the paths that no layer of a base holds whole, sorted.

    A base that others made may hold a part of a store path (one file copied, something deleted), or other bytes
    under its name: only an equal digest counts. `path_digest` computes that of a path here, by reading all of it; it is
    asked for held paths alone.
    """
    return tuple(
        path
        for path in sorted(set(paths))
        if path not in held or (held[path] is not None and held[path] != path_digest(path))
    )


@dataclass(frozen=True, slots=True)
class BaseLayer:
    """diff_id, size: of the uncompressed tar. media_type: of the bytes as they are kept."""

    diff_id: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class BaseLayers:
    """The layers of a base image, the lowest first, and what one sees on top of them.

    holds: for each name in /nix/store, the `tree_digest` of what is there (`trees.identity`).
    """

    layers: tuple[BaseLayer, ...] = ()
    holds: Mapping[str, str] = field(default_factory=dict)


class LayerReader:
    """Reads the layers of images in one archive, or one set of blobs; each of them once, however often it occurs."""

    def __init__(self, files: NamedFiles) -> None:
        self._files = files
        self._layers: dict[str, tuple[BaseLayer, LayerTree]] = {}
        self._links: Directory[bytes] = Directory()
        self._kept = self._plain = self._implied = 0

    def read(self, image: ImageFiles) -> BaseLayers:
        """Read the layers of an image; the one place where layers are checked against their config's diff IDs.

        Raises InvalidImage for a layer that has another diff ID, is damaged or no tar, or holds names that climb out,
        and for layers that are too many, or decompressed too large.
        """
        if len(image.layers) > MOST_LAYERS:
            what = f"an image of {len(image.layers)} layers"
            raise InvalidImage(what, self._files.where(image.layers[0]), f"Linux mounts {MOST_LAYERS} at most")
        root: Directory[bytes] = Directory()
        layers, is_clear = [], True
        for name, stated in zip(image.layers, image.config.diff_ids, strict=True):
            layer, tree = self._layer(name)
            if layer.diff_id != stated:
                problem = f"the layer has the digest {layer.diff_id} but its config states {stated}"
                remedy = "the image is damaged or was altered, get it again"
                raise InvalidImage(problem, self._files.where(name), remedy)
            layers.append(layer)
            tree.apply(root)
            is_clear = is_clear and tree.is_clear
        return BaseLayers(tuple(layers), _holds(root) if is_clear else {})

    def _layer(self, name: str) -> tuple[BaseLayer, LayerTree]:
        if name not in self._layers:
            where = self._files.where(name)
            with self._files.open(name) as stream:
                self._kept += stream.seek(0, os.SEEK_END)
                stream.seek(0)
                layer, tree = self._layers[name] = read_layer(stream, where, self._links)
            self._plain += layer.size
            self._implied += tree.implied
            if self._implied > MOST_IMPLIED:
                raise too_many_implied(where)
            if self._plain > most_decompressed(self._kept):
                raise decompression_bomb(self._kept, where)
        return self._layers[name]


def read_base_layers(files: NamedFiles, image: ImageFiles) -> BaseLayers:
    """Read the layers of one image, see `LayerReader.read`."""
    return LayerReader(files).read(image)


def read_layer(stream: BinaryIO, where: object, links: Directory[bytes] | None = None) -> tuple[BaseLayer, LayerTree]:
    """Hash a layer (plain or compressed, seekable) and list what it changes at /nix/store, in one pass.

    Names are taken as runtimes take them: with or without `/` or `./` in front, and the last of several wins.
    links: see `LayerTree`.
    """
    media_type = _MEDIA_TYPES[detect(stream)]
    tree = LayerTree(_STORE, links)
    with open_decompressed(stream, where) as plain:
        hashing = HashingReader(plain)
        buffered = cast(BinaryIO, io.BufferedReader(hashing, CHUNK))
        for member in read_members(buffered, where):
            _add(tree, member, buffered, where)
            if tree.implied > MOST_IMPLIED:
                raise too_many_implied(where)
        while buffered.read(CHUNK):
            pass  # Padding behind the end blocks belongs to the digest.
        return BaseLayer(hashing.digest, hashing.size, media_type), tree


def _add(tree: LayerTree, member: Member, file: BinaryIO, where: object) -> None:
    path = member_path(member.name, where).split(b"/")
    if not tree.keeps(path) and member.kind in ("file", "directory") and not path[-1].startswith(WHITEOUT):
        tree.pass_by(path)
        return
    kind = member_kind(member)
    match member.kind:
        case "hardlink":
            tree.link(path, member_path(member.target, where).split(b"/"), kind)
        case "directory":
            tree.add_directory(path, kind)
        case "symlink":
            tree.add(path, of_bytes(kind, [member.target]))
        case "file":
            tree.add(path, of_bytes(kind, _content(file, member.size)))
        case _:
            tree.add(path, UNKNOWN)


def _content(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The next bytes; that there are too few is for the reader of the tar to say."""
    while size and (data := file.read(min(CHUNK, size))):
        yield data
        size -= len(data)


def _holds(root: Directory[bytes]) -> dict[str, str]:
    store = lookup(root, _STORE)
    if not isinstance(store, Directory):
        return {}
    # Nix gives only ASCII names; what has another is no store path, and no text for a recipe.
    return {name.decode(): tree_digest(node) for name, node in store.items() if name.isascii()}
