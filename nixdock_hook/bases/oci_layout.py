"""Images kept by digest, read: OCI image layouts (image-layout.md), and what skopeo's `dir:` writes.

A layout has `index.json`, which names images, and blobs at blobs/ALGORITHM/HEX. `dir:` (containers/image, directory)
has one image: its manifest or index is `manifest.json`, and beside it are the blobs as HEX, and the manifests that an
index names as HEX.manifest.json.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..documents import canonical_json
from ..errors import InvalidInput
from ..oci.model import Descriptor, Index, best_variant
from ..oci.reference import Reference
from .blobs import BlobImage, read_blob
from .docker_archive import MANIFEST_FILE
from .files import Files

# The name of an image: its tag as skopeo and umoci write it, NAME:TAG as containerd and docker do.
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
INDEX_FILE = "index.json"


class Layout:
    """An OCI layout: any number of images."""

    def __init__(self, files: Files) -> None:
        self._files = files
        where = files.where(INDEX_FILE)
        with files.open(INDEX_FILE) as file:
            self._index = Index.from_json(canonical_json.read(file, where), where)

    def images(self, architecture: str) -> list[BlobImage]:
        """All for linux on this architecture. Raises InvalidInput where there is none."""
        fitting = _of_platform(self._index, architecture, self._files.where(INDEX_FILE))
        return [self._read(entry, architecture) for entry in fitting]

    def pick(self, name: str | None, tag: str | None, architecture: str) -> BlobImage:
        """The image called NAME:TAG, or just TAG, where both are given, else the first; for linux/ARCHITECTURE.

        Raises InvalidInput where it is not there, with what is; InvalidImage where the layout is damaged.
        """
        where = self._files.where(INDEX_FILE)
        index = self._index if name is None or tag is None else _named(self._index, name, tag, where)
        return self._read(_best(_of_platform(index, architecture, where)), architecture)

    def _read(self, entry: Descriptor, architecture: str) -> BlobImage:
        data = read_blob(entry.digest, self._files, _blob(entry.digest))
        return _read_image(data, _blob(entry.digest), self._files, architecture, _blob, _blob, _name(entry))


class SkopeoDirectory:
    """What skopeo's `dir:` wrote: one image without a name, for one or several platforms."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def images(self, architecture: str) -> list[BlobImage]:
        """The one image, for linux on this architecture."""
        with self._files.open(MANIFEST_FILE) as file:
            data = canonical_json.read_bytes(file, self._files.where(MANIFEST_FILE))
        return [_read_image(data, MANIFEST_FILE, self._files, architecture, _hex_manifest, _hex)]

    def pick(self, name: str | None, tag: str | None, architecture: str) -> BlobImage:
        """The one image. Raises InvalidInput where it has to have a name."""
        if name is not None and tag is not None:
            remedy = "it holds one image without a name: leave out fromImageName and fromImageTag"
            raise InvalidInput(f"there is no image {name}:{tag}", self._files.path, remedy)
        return self.images(architecture)[0]


Naming = Callable[[str], str]
"""Digest → name of the file."""


def _read_image(
    data: bytes, place: str, files: Files, architecture: str, manifests: Naming, blobs: Naming, name: str = ""
) -> BlobImage:
    """The image of a manifest, or the one for an architecture of an index, however deep. place: of `data`, a name."""
    while True:
        where = files.where(place)
        value = canonical_json.load(data, where)
        if not isinstance(value, dict) or "manifests" not in value:
            return BlobImage.read(data.decode(), where, files, blobs, name)
        entry = _best(_of_platform(Index.from_json(value, where), architecture, where))
        place = manifests(entry.digest)
        data = read_blob(entry.digest, files, place)


def _name(entry: Descriptor) -> str:
    return next((entry.annotations[key] for key in _NAMES if key in entry.annotations), "")


def _named(index: Index, name: str, tag: str, where: str) -> Index:
    """What the index has under a name."""
    wanted = {Reference.split(f"{name}:{tag}").familiar(), Reference.split(tag)}
    found = [entry for entry in index.manifests if Reference.split(_name(entry)).familiar() in wanted]
    if not found:
        there = ", ".join(filter(None, map(_name, index.manifests))) or "only images without a name"
        raise InvalidInput(f"there is no image {name}:{tag}", where, f"it holds {there}")
    return replace(index, manifests=tuple(found))


def _of_platform(index: Index, architecture: str, where: str) -> tuple[Descriptor, ...]:
    """Those for linux/ARCHITECTURE, or for no platform that the index tells; at least one."""
    fitting = index.for_platform("linux", architecture)
    if not fitting:
        there = ", ".join(index.platforms()) or "no image at all"
        raise InvalidInput(f"there is no image for linux/{architecture}", where, f"it holds {there}")
    return fitting


def _best(entries: Sequence[Descriptor]) -> Descriptor:
    """The first; of several variants of a CPU under its name the highest."""
    same = [entry for entry in entries if _name(entry) == _name(entries[0])]
    return best_variant(same)


def _blob(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def _hex(digest: str) -> str:
    return digest.partition(":")[2]


def _hex_manifest(digest: str) -> str:
    return f"{_hex(digest)}.manifest.json"
