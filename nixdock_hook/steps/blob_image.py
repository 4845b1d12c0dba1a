"""The recipe of an image whose layers are blobs: nothing is unpacked, and its digests stay what they are."""

from __future__ import annotations

from ..image import Layer, Recipe, Verbatim, empty_history
from ..layers.parents import read_parents
from ..layers.source import BlobSource
from ..oci.blobs import BlobFiles, BlobImage
from ..oci.model import Manifest


def blob_recipe(name: str, tag: str | None, manifest: Manifest, manifest_text: str, blobs: BlobFiles) -> Recipe:
    """Read every layer once, to check it and to know what it holds of the store.

    manifest_text: what `manifest` was read from. Raises InvalidImage for all that `layers.parents` does.
    """
    image = BlobImage.read(manifest, blobs)
    parents = read_parents(blobs, image)
    history = image.config.full_history()
    own_entries = [entry for entry in history if not entry.empty_layer]
    sources = [BlobSource(blobs.path(blob.digest), blob.digest, blob.size) for blob in manifest.layers]
    layers = tuple(
        Layer(layer.diff_id, layer.size, layer.media_type, entry, source)
        for layer, entry, source in zip(parents.layers, own_entries, sources, strict=True)
    )
    return Recipe(
        name=name,
        tag=tag,
        platform=image.config.platform,
        created=image.config.created or "1970-01-01T00:00:01Z",
        config=dict(image.config.config),
        layers=layers,
        empty_history=empty_history(history),
        base_holds=parents.holds,
        verbatim=Verbatim(manifest_text, image.config_text),
    )
