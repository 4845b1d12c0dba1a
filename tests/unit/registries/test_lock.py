from __future__ import annotations

import json
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.oci.model import CONFIG, LAYER_GZIP, MANIFEST, Platform
from nixdock_hook.registries.lock import DOCKER_MANIFEST, Lock, read_usable_manifest
from tests.support.images import sha256

REFERENCE = "registry.example/team/app:1"


def manifest(layer_type: str = LAYER_GZIP, config_type: str = CONFIG, **changes: Any) -> str:
    config = {"mediaType": config_type, "digest": sha256(b"config"), "size": 6}
    layer = {"mediaType": layer_type, "digest": sha256(b"layer"), "size": 5}
    value = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
    return json.dumps(value | changes, indent=3)


def lock(text: str | None = None) -> Lock:
    return Lock(REFERENCE, Platform("amd64", "linux"), None, text or manifest())


def test_a_lock_file_is_read_as_it_was_written() -> None:
    written = lock().to_text()
    assert Lock.from_json(json.loads(written), "x.lock.json") == lock()


def test_the_manifest_keeps_its_bytes_and_digest() -> None:
    stored = json.loads(lock().to_text())
    assert stored["manifest"] == manifest()
    assert stored["digest"] == sha256(manifest().encode())


def test_each_field_has_its_line() -> None:
    assert len(lock().to_text().splitlines()) == 11


def test_an_altered_manifest() -> None:
    value = json.loads(lock().to_text()) | {"manifest": manifest() + " "}
    with pytest.raises(InvalidImage, match="the lock says sha256:.* in x.lock.json: it was altered, make it again"):
        Lock.from_json(value, "x.lock.json")


def test_a_lock_of_another_version() -> None:
    with pytest.raises(InvalidInput, match="^lock version 2 in x: this nixdock reads version 1$"):
        Lock.from_json({"lock": 2}, "x")


def test_what_is_no_lock_says_all_that_is_missing() -> None:
    with pytest.raises(InvalidImage) as caught:
        Lock.from_json({}, "x")
    for field in ("lock", "platform", "reference", "manifest", "digest"):
        assert f"{field} is missing" in str(caught.value)


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
