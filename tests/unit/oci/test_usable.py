"""Manifests of others that can be used, and those that cannot."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.oci.model import CONFIG, LAYER_GZIP, MANIFEST
from nixdock_hook.oci.usable import DOCKER_MANIFEST, read_usable_manifest
from tests.support.images import sha256

REFERENCE = "registry.example/team/app:1"


def manifest(layer_type: str = LAYER_GZIP, config_type: str = CONFIG, **changes: Any) -> str:
    config = {"mediaType": config_type, "digest": sha256(b"config"), "size": 6}
    layer = {"mediaType": layer_type, "digest": sha256(b"layer"), "size": 5}
    value = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
    return json.dumps(value | changes, indent=3)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (manifest(schemaVersion=1), "a manifest of docker's schema 1, of before 2016"),
        (
            manifest("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
            f"layer {sha256(b'layer')} is application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        ),
        (manifest(LAYER_GZIP + "+encrypted"), f"layer {sha256(b'layer')} is {LAYER_GZIP}+encrypted"),
        (manifest(config_type="application/vnd.example.chart"), "the config is application/vnd.example.chart, so this"),
        (manifest(mediaType="application/vnd.example"), "the manifest is application/vnd.example"),
    ],
)
def test_kinds_that_cannot_be_used(text: str, says: str) -> None:
    with pytest.raises(InvalidImage) as caught:
        read_usable_manifest(text.encode(), REFERENCE)
    assert str(caught.value).startswith(says)
    assert str(caught.value).endswith("whose layers are neither encrypted nor foreign")


def test_dockers_words_are_as_good_as_ocis() -> None:
    text = manifest(
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "application/vnd.docker.container.image.v1+json",
        mediaType=DOCKER_MANIFEST,
    )
    assert read_usable_manifest(text.encode(), REFERENCE).layers[0].digest == sha256(b"layer")
