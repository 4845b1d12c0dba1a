"""An image as blobs, each known by its digest: from an OCI layout, skopeo's `dir:`, or fetched one by one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Self

from ..documents import canonical_json
from ..errors import InvalidImage
from ..inputs import open_file
from ..oci.digest import digest_of
from ..oci.model import Descriptor, ImageConfig, Manifest
from ..oci.usable import read_usable_manifest
from .files import NamedFiles


class BlobFiles:
    """Blobs by digest. The file name proves nothing: readers check the content, as `layers.base_layers` does."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._paths = paths

    def place(self, digest: str) -> str:
        """Return the path of a blob."""
        try:
            return self._paths[digest]
        except KeyError as error:
            raise InvalidImage(f"there is no blob {digest}", "the image", "it is incomplete, get it again") from error

    def where(self, digest: str) -> str:
        """Return the words that name a blob in an error."""
        return f"blob {digest} ({self.place(digest)})"

    def open(self, digest: str) -> BinaryIO:
        """Return the bytes of a blob as they are kept (seekable)."""
        try:
            return open_file(self.place(digest))
        except OSError as error:
            raise InvalidImage("cannot open the blob", self.where(digest), error.strerror or "") from error


@dataclass(frozen=True, slots=True)
class BlobImage:
    """An image whose config and layers are blobs.

    manifest_text: what `manifest` was read from. config_bytes: what `config` was.
    layers: names of the layers' files, the lowest first; the same may occur twice.
    name: NAME:TAG, just TAG, or nothing.
    """

    manifest: Manifest
    manifest_text: str
    config: ImageConfig
    config_bytes: bytes
    layers: tuple[str, ...]
    name: str = ""

    @classmethod
    def read(
        cls, manifest_text: str, where: str, blobs: NamedFiles, name_of: Callable[[str], str] = str, name: str = ""
    ) -> Self:
        """Read a manifest and the config that it names. name_of: digest → the name in `blobs`.

        Raises InvalidImage where the two do not belong together, or the image is of a kind that cannot be used.
        """
        manifest = read_usable_manifest(manifest_text.encode(), where)
        data = read_blob(manifest.config.digest, blobs, name_of(manifest.config.digest))
        where = blobs.where(name_of(manifest.config.digest))
        config = ImageConfig.from_json(canonical_json.load(data, where), where)
        layers = tuple(name_of(layer.digest) for layer in manifest.layers)
        if len(layers) != len(config.diff_ids):
            problem = f"{len(config.diff_ids)} diff IDs for {len(layers)} layers"
            raise InvalidImage(problem, where, "config and manifest do not belong together")
        for layer in manifest.layers:
            _check_size(layer, blobs, name_of(layer.digest))
        return cls(manifest, manifest_text, config, data, layers, name)

    @property
    def repo_tags(self) -> tuple[str, ...]:
        """`NAME:TAG`, where it has such a name."""
        return (self.name,) if ":" in self.name and "@" not in self.name else ()

    @property
    def repo_tag(self) -> str:
        """Its name, with something for what that lacks."""
        return (self.repo_tags or (f"base:{self.name or 'latest'}",))[0]


def _check_size(blob: Descriptor, blobs: NamedFiles, name: str) -> None:
    """Raise InvalidImage where a blob has not the size that its descriptor states; nothing of it is read."""
    with blobs.open(name) as file:
        size = file.seek(0, os.SEEK_END)
    if size != blob.size:
        what = f"the blob has {size} bytes but its descriptor states {blob.size}"
        raise InvalidImage(what, blobs.where(name), "it is damaged, get it again")


def read_blob(digest: str, blobs: NamedFiles, name: str) -> bytes:
    """Read a document. Raises InvalidImage where its bytes have another digest."""
    where = blobs.where(name)
    with blobs.open(name) as file:
        data = canonical_json.read_bytes(file, where)
    if digest_of(data) != digest:
        remedy = "it was altered or is damaged, get the image again"
        raise InvalidImage(f"the blob has the digest {digest_of(data)}, not {digest}", where, remedy)
    return data
