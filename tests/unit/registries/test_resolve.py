"""From a reference to one manifest; tests/system/test_lock.py asks a real registry."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage, NotFound
from nixdock_hook.oci.model import CONFIG, INDEX, LAYER_GZIP, MANIFEST, Platform
from nixdock_hook.oci.reference import Reference, parse_remote_reference
from nixdock_hook.registries import resolve as resolving
from nixdock_hook.registries.access import Access
from nixdock_hook.registries.lock import Lock
from nixdock_hook.registries.resolve import resolve
from tests.support.images import image_config, sha256

NAME = "registry.example/team/app"
IMAGE = json.dumps(image_config([b"layer"])).encode()


def manifest(number: int = 0) -> bytes:
    config = {"mediaType": CONFIG, "digest": sha256(IMAGE), "size": len(IMAGE)}
    layer = {"mediaType": LAYER_GZIP, "digest": sha256(b"layer"), "size": 5}
    value = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
    return json.dumps(value | {"annotations": {"number": str(number)}}).encode()


def entry(number: int, **platform: str) -> dict[str, Any]:
    data = manifest(number)
    named = {"platform": platform} if platform else {}
    return {"mediaType": MANIFEST, "digest": sha256(data), "size": len(data), **named}


INDEXED = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [
            entry(1, os="linux", architecture="arm", variant="v6"),
            entry(2, os="linux", architecture="arm", variant="v7"),
            entry(3, os="unknown", architecture="unknown"),
            entry(4, os="linux", architecture="amd64"),
            entry(5),
        ],
    }
).encode()


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What a registry has: reference → document."""
    held = {f"{NAME}:one": manifest(), f"{NAME}:many": INDEXED, f"{NAME}@{sha256(manifest())}": manifest()}
    held |= {f"{NAME}@{sha256(manifest(number))}": manifest(number) for number in range(6)}
    monkeypatch.setattr(resolving, "raw_manifest", lambda reference, access: held[reference])
    monkeypatch.setattr(resolving, "raw_config", lambda reference, access: IMAGE)
    return held


def resolved(reference: str, architecture: str = "amd64") -> Lock:
    return resolve(parse_remote_reference(reference), "linux", architecture, Access())


def test_one_image() -> None:
    assert resolved(f"{NAME}:one") == Lock(f"{NAME}:one", Platform("amd64", "linux"), None, manifest().decode())


def test_of_several_that_of_the_platform_and_its_highest_variant() -> None:
    lock = resolved(f"{NAME}:many", "arm")
    assert (lock.platform, lock.index) == (Platform("arm", "linux", "v7"), sha256(INDEXED))
    assert lock.manifest == manifest(2).decode()


@pytest.mark.parametrize(
    ("reference", "there"),
    [("many", "linux/arm/v6, linux/arm/v7, linux/amd64"), ("one", "linux/amd64")],
)
def test_another_platform(reference: str, there: str) -> None:
    with pytest.raises(NotFound) as caught:
        resolved(f"{NAME}:{reference}", "s390x")
    assert str(caught.value) == (
        f"there is no image for linux/s390x in {NAME}:{reference}: it has {there}: choose with --os, --arch"
    )


def test_what_comes_has_to_have_the_digest_that_was_asked_for(registry: dict[str, bytes]) -> None:
    digest = sha256(manifest(4))
    registry[f"{NAME}@{digest}"] = manifest(1)
    for reference in (f"{NAME}@{digest}", f"{NAME}:many"):
        with pytest.raises(InvalidImage, match="what came has another digest"):
            resolved(reference)


def test_the_digest_counts_where_there_is_a_tag_too() -> None:
    reference = Reference(NAME, "gone", sha256(manifest()))
    assert resolve(reference, "linux", "amd64", Access()).manifest == manifest().decode()
