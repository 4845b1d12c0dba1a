"""Images kept by digest, read: OCI image layouts (image-layout.md), and what skopeo's `dir:` writes.

A layout has `index.json`, which names images, and blobs at blobs/ALGORITHM/HEX. `dir:` (containers/image, directory)
has one image: its manifest or index is `manifest.json`, and beside it are the blobs as HEX, and the manifests that an
index names as HEX.manifest.json.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..documents import canonical_json
from ..errors import InvalidInput
from ..oci.model import Descriptor, Index
from .blobs import BlobImage, read_blob
from .docker_archive import MANIFEST_FILE, familiar_name
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
        fitting = _of_platform(self._index.manifests, architecture, self._files.where(INDEX_FILE))
        return [self._read(entry, architecture) for entry in fitting]

    def pick(self, name: str | None, tag: str | None, architecture: str) -> BlobImage:
        """The image called NAME:TAG, or just TAG, where both are given, else the first; for linux/ARCHITECTURE.

        Raises InvalidInput where it is not there, with what is; InvalidImage where the layout is damaged.
        """
        where = self._files.where(INDEX_FILE)
        entries = self._index.manifests if name is None or tag is None else _named(self._index, name, tag, where)
        return self._read(_best(_of_platform(entries, architecture, where)), architecture)

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
        entry = _best(_of_platform(Index.from_json(value, where).manifests, architecture, where))
        place = manifests(entry.digest)
        data = read_blob(entry.digest, files, place)


def _name(entry: Descriptor) -> str:
    return next((entry.annotations[key] for key in _NAMES if key in entry.annotations), "")


def _named(index: Index, name: str, tag: str, where: str) -> list[Descriptor]:
    wanted = {familiar_name(f"{name}:{tag}"), tag}
    found = [entry for entry in index.manifests if familiar_name(_name(entry)) in wanted]
    if not found:
        there = ", ".join(filter(None, map(_name, index.manifests))) or "only images without a name"
        raise InvalidInput(f"there is no image {name}:{tag}", where, f"it holds {there}")
    return found


def _of_platform(entries: Sequence[Descriptor], architecture: str, where: str) -> list[Descriptor]:
    """Those for linux/ARCHITECTURE, or for no platform that the index tells; at least one."""
    images = [entry for entry in entries if not _is_attestation(entry)]
    fitting = [
        entry
        for entry in images
        if entry.platform is None or (entry.platform.os, entry.platform.architecture) == ("linux", architecture)
    ]
    if not fitting:
        platforms = [f"{entry.platform.os}/{entry.platform.architecture}" for entry in images if entry.platform]
        there = ", ".join(dict.fromkeys(platforms)) or "no image at all"
        raise InvalidInput(f"there is no image for linux/{architecture}", where, f"it holds {there}")
    return fitting


def _is_attestation(entry: Descriptor) -> bool:
    """True for what buildx says of an image and keeps beside it: where it comes from, what it is made of."""
    is_marked = entry.annotations.get("vnd.docker.reference.type") == "attestation-manifest"
    return is_marked or (entry.platform is not None and entry.platform.os == "unknown")


def _best(entries: Sequence[Descriptor]) -> Descriptor:
    """The first; of several variants of a CPU under its name the highest."""
    same = [entry for entry in entries if _name(entry) == _name(entries[0])]
    return max(same, key=lambda entry: (entry.platform and entry.platform.variant) or "")


def _blob(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def _hex(digest: str) -> str:
    return digest.partition(":")[2]


def _hex_manifest(digest: str) -> str:
    return f"{_hex(digest)}.manifest.json"
