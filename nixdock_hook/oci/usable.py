"""Which manifests and layers of others can be used: OCI's, and docker's of schema 2."""

from __future__ import annotations

from ..documents import canonical_json
from ..errors import InvalidImage
from .model import CONFIG, LAYER_GZIP, LAYER_TAR, LAYER_ZSTD, MANIFEST, Manifest

USABLE = "take one with docker's schema 2 or an OCI manifest, whose layers are neither encrypted nor foreign"
"""The remedy for all others."""

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LAYERS = {
    LAYER_TAR,
    LAYER_GZIP,
    LAYER_ZSTD,
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd",
}
_CONFIGS = {CONFIG, "application/vnd.docker.container.image.v1+json"}


def read_usable_manifest(data: bytes, where: str) -> Manifest:
    """Read a manifest of OCI or docker's schema 2; InvalidImage names every reason why it cannot be used."""
    value = canonical_json.load(data, where)
    if isinstance(value, dict) and value.get("schemaVersion") == 1:
        raise InvalidImage("a manifest of docker's schema 1, of before 2016", where, USABLE)
    manifest = Manifest.from_json(value, where)
    strange = [layer for layer in manifest.layers if layer.media_type not in LAYERS]
    problems = [f"layer {layer.digest} is {layer.media_type}" for layer in strange]
    if manifest.media_type not in (MANIFEST, DOCKER_MANIFEST):
        problems.insert(0, f"the manifest is {manifest.media_type}")
    elif manifest.config.media_type not in _CONFIGS:
        problems.insert(0, f"the config is {manifest.config.media_type}, so this is no image for containers")
    if problems:
        raise InvalidImage("; ".join(problems), where, USABLE)
    return manifest
