"""Which layers a remote image shows us."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from nixdock_hook.copying.layer_pairs import pair
from nixdock_hook.errors import InvalidImage
from nixdock_hook.oci.model import LAYER_GZIP, LAYER_ZSTD, Descriptor
from tests.support.images import image_config, sha256

ONE, TWO = b"one", b"two"


def document(config: bytes, media_types: Sequence[str]) -> dict[str, Any]:
    layers = [
        {"mediaType": media_type, "digest": sha256(b"blob %d" % number), "size": 10 + number}
        for number, media_type in enumerate(media_types)
    ]
    described = {"mediaType": "x", "digest": sha256(config), "size": len(config)}
    return {"schemaVersion": 2, "config": described, "layers": layers}


CONFIG = json.dumps(image_config([ONE, TWO])).encode()


def test_diff_ids_and_blobs_are_paired_in_order() -> None:
    found = pair(document(CONFIG, [LAYER_GZIP, LAYER_ZSTD]), CONFIG, "here")
    assert found == {
        sha256(ONE): Descriptor(LAYER_GZIP, sha256(b"blob 0"), 10),
        sha256(TWO): Descriptor(LAYER_ZSTD, sha256(b"blob 1"), 11),
    }


def test_dockers_word_for_gzip() -> None:
    docker = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    found = pair(document(CONFIG, [docker, docker]), CONFIG, "here")
    assert {layer.media_type for layer in found.values()} == {LAYER_GZIP}


def test_uncompressed_and_foreign_layers_are_not_taken_over() -> None:
    plain = "application/vnd.oci.image.layer.v1.tar"
    foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    assert pair(document(CONFIG, [plain, foreign]), CONFIG, "here") == {}


def test_a_config_of_another_manifest() -> None:
    other = json.dumps(image_config([TWO, ONE])).encode()
    assert pair(document(CONFIG, [LAYER_GZIP, LAYER_GZIP]), other, "here") == {}


def test_more_layers_than_diff_ids() -> None:
    assert pair(document(CONFIG, [LAYER_GZIP] * 3), CONFIG, "here") == {}


def test_what_is_no_image() -> None:
    with pytest.raises(InvalidImage, match="in here"):
        pair({"schemaVersion": 1}, CONFIG, "here")


def test_annotations_stay() -> None:
    """A zstd:chunked layer has its table of contents there: without it clients fetch all of it."""
    value = document(CONFIG, [LAYER_ZSTD, LAYER_GZIP])
    annotations = {"io.github.containers.zstd-chunked.manifest-checksum": sha256(b"table")}
    value["layers"][0]["annotations"] = annotations
    found = pair(value, CONFIG, "here")
    assert [layer.annotations for layer in found.values()] == [annotations, {}]
