from __future__ import annotations

import json

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.oci.model import Platform
from nixdock_hook.registries.lock import Lock
from tests.support.images import sha256

REFERENCE = "registry.example/team/app:1"


MANIFEST = '{\n "schemaVersion": 2}'


def lock() -> Lock:
    return Lock(REFERENCE, Platform("amd64", "linux"), None, MANIFEST)


def test_a_lock_file_is_read_as_it_was_written() -> None:
    written = lock().to_text()
    assert Lock.from_json(json.loads(written), "x.lock.json") == lock()


def test_the_manifest_keeps_its_bytes_and_digest() -> None:
    stored = json.loads(lock().to_text())
    assert stored["manifest"] == MANIFEST
    assert stored["digest"] == sha256(MANIFEST.encode())


def test_each_field_has_its_line() -> None:
    assert len(lock().to_text().splitlines()) == 11


def test_an_altered_manifest() -> None:
    value = json.loads(lock().to_text()) | {"manifest": MANIFEST + " "}
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
