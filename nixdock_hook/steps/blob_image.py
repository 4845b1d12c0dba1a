"""The recipe of an image whose layers are blobs: nothing is unpacked, and its digests stay what they are."""

from __future__ import annotations

from ..image import Recipe, Verbatim
from ..layers.parents import read_parents
from ..layers.source import BlobSource
from ..oci.blobs import BlobFiles, BlobImage
from ..oci.model import Manifest
from .foreign_recipe import foreign_recipe


def blob_recipe(name: str, tag: str | None, manifest: Manifest, manifest_text: str, blobs: BlobFiles) -> Recipe:
    """Read every layer once, to check it and to know what it holds of the store.

    manifest_text: what `manifest` was read from. Raises InvalidImage for all that `layers.parents` does.
    """
    image = BlobImage.read(manifest, blobs)
    parents = read_parents(blobs, image)
    sources = [BlobSource(blobs.path(blob.digest), blob.digest, blob.size) for blob in manifest.layers]
    verbatim = Verbatim(manifest_text, image.config_text)
    return foreign_recipe(name, tag, image.config, parents, sources, verbatim)
