"""Which compressed blob stands for which layer (README.md, "Pushing without state").

A manifest lists compressed blobs, its config the diff IDs of the same layers in the same order: the pairs tell which
blob already stands for which diff ID. A remote that lies cannot change what runs: runtimes check diff IDs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..documents import canonical_json
from ..oci.digest import digest_of
from ..oci.model import LAYER_GZIP, LAYER_ZSTD, Descriptor, ImageConfig, Index, Manifest, Platform

# Docker's word for a gzip layer; an uncompressed one is not taken over, some clients choke on it.
_COMPRESSED = {
    LAYER_GZIP: LAYER_GZIP,
    LAYER_ZSTD: LAYER_ZSTD,
    "application/vnd.docker.image.rootfs.diff.tar.gzip": LAYER_GZIP,
}


def pair(manifest: Any, config: bytes, where: str) -> dict[str, Descriptor]:
    """Return diff ID → compressed layer, of one image; none where the two do not belong together.

    Annotations stay: the table of contents of a zstd:chunked layer is one.
    """
    image = Manifest.from_json(manifest, where)
    diff_ids = ImageConfig.from_json(canonical_json.load(config, where), where).diff_ids
    if image.config.digest != digest_of(config) or len(diff_ids) != len(image.layers):
        return {}  # the tag was moved between the two questions
    return {
        diff_id: replace(layer, media_type=_COMPRESSED[layer.media_type])
        for diff_id, layer in zip(diff_ids, image.layers, strict=True)
        if layer.media_type in _COMPRESSED
    }


def of_platform(index: Index, platform: Platform) -> Descriptor | None:
    """Return the first image of exactly this platform, None where there is none."""
    return next((manifest for manifest in index.manifests if manifest.platform == platform), None)
