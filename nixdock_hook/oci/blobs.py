"""An image as blobs in files of their own, each known by its digest: from an OCI layout, or fetched one by one."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Self

from ..errors import InvalidImage
from . import canonical_json
from .digest import digest_of
from .model import Descriptor, ImageConfig, Manifest


class BlobFiles:
    """Blobs by digest. The file's name is no proof: who reads one checks it, as `layers.parents` does by diff ID."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._paths = paths

    def path(self, digest: str) -> str:
        """Where a blob is."""
        try:
            return self._paths[digest]
        except KeyError as error:
            raise InvalidImage(f"there is no blob {digest}", "the image", "it is incomplete, get it again") from error

    def where(self, digest: str) -> str:
        """The words that name a blob in an error."""
        return f"blob {digest} ({self.path(digest)})"

    def check_size(self, blob: Descriptor) -> None:
        """Raise InvalidImage where a blob is no file of the size that its descriptor states; nothing of it is read."""
        try:
            status = os.stat(self.path(blob.digest))
        except OSError as error:
            raise InvalidImage("cannot open the blob", self.where(blob.digest), error.strerror or "") from error
        if not stat.S_ISREG(status.st_mode) or status.st_size != blob.size:
            what = f"the blob has {status.st_size} bytes but its descriptor states {blob.size}"
            raise InvalidImage(what, self.where(blob.digest), "it is damaged, get it again")

    def open(self, digest: str) -> BinaryIO:
        """The bytes of a blob as they are kept (seekable)."""
        try:
            return open(self.path(digest), "rb")
        except OSError as error:
            raise InvalidImage("cannot open the blob", self.where(digest), error.strerror or "") from error


@dataclass(frozen=True, slots=True)
class BlobImage:
    """An image whose config and layers are blobs. layers: their digests, the lowest first; the same may occur twice."""

    manifest: Manifest
    config: ImageConfig
    config_text: str
    layers: tuple[str, ...]

    @classmethod
    def read(cls, manifest: Manifest, blobs: BlobFiles) -> Self:
        """Read the config that a manifest names. Raises InvalidImage where the two do not belong together."""
        digest = manifest.config.digest
        where = blobs.where(digest)
        with blobs.open(digest) as file:
            data = canonical_json.read_bytes(file, where)
        if digest_of(data) != digest:
            raise InvalidImage(f"the config has the digest {digest_of(data)}", where, "it was altered, get it again")
        config = ImageConfig.from_json(canonical_json.load(data, where), where)
        layers = tuple(layer.digest for layer in manifest.layers)
        if len(layers) != len(config.diff_ids):
            problem = f"{len(config.diff_ids)} diff IDs for {len(layers)} layers"
            raise InvalidImage(problem, where, "config and manifest do not belong together")
        for blob in manifest.layers:
            blobs.check_size(blob)
        return cls(manifest, config, data.decode(), layers)
