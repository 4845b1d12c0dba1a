"""`nixdock lock` against a real registry."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import error_of, nixdock, usage_error_of
from tests.support.images import docker_archive, image_config, layer
from tests.support.registry import Registry, put_index, put_manifest
from tests.support.skopeo import Skopeo
from tests.support.tools import output

PLAIN = "--tls-verify=false"
LAYER = layer({"a": b"1"})


def push(skopeo: Skopeo, registry: Registry, directory: Path, reference: str, architecture: str = "amd64") -> str:
    """Push an image that is not like another; returns its digest."""
    image = image_config([LAYER], {"Labels": {"of": reference}}) | {"architecture": architecture}
    archive = docker_archive(directory / "image.tar", [LAYER], image=image)
    skopeo.copy(f"docker-archive:{archive}", f"docker://{registry.host}/{reference}")
    archive.unlink()
    return f"sha256:{hashlib.sha256(raw(skopeo, registry, reference)).hexdigest()}"


def raw(skopeo: Skopeo, registry: Registry, reference: str) -> bytes:
    return output(skopeo.program, "inspect", "--raw", PLAIN, f"docker://{registry.host}/{reference}")


def locked(*arguments: str | Path) -> dict[str, Any]:
    done = nixdock("lock", PLAIN, *arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    return dict(json.loads(done.stdout))


def test_it_holds_the_manifest_and_its_digest(skopeo: Skopeo, registry: Registry, tmp_path: Path) -> None:
    digest = push(skopeo, registry, tmp_path, "lock/one:1")
    lock = locked(f"{registry.host}/lock/one:1", "--arch", "amd64")
    assert lock == {
        "lock": 1,
        "reference": f"{registry.host}/lock/one:1",
        "platform": {"architecture": "amd64", "os": "linux"},
        "index": None,
        "digest": digest,
        "manifest": raw(skopeo, registry, "lock/one:1").decode(),
    }


class TestIndex:
    @pytest.fixture
    def images(self, skopeo: Skopeo, registry: Registry, tmp_path: Path) -> dict[str, str]:
        platforms = {"linux/amd64": "amd64", "linux/arm64/v8": "arm64", "linux/arm/v6": "arm", "linux/arm/v7": "arm"}
        images = {
            platform: push(skopeo, registry, tmp_path, f"lock/several:{platform.replace('/', '-')}", architecture)
            for platform, architecture in platforms.items()
        }
        images["index"] = put_index(registry, "lock/several:1", images | {"unknown/unknown": images["linux/amd64"]})
        return images

    @pytest.mark.parametrize(
        ("architecture", "platform"),
        [("amd64", "linux/amd64"), ("arm64", "linux/arm64/v8"), ("arm", "linux/arm/v7")],
    )
    def test_the_manifest_is_that_of_the_platform(
        self, registry: Registry, images: dict[str, str], architecture: str, platform: str
    ) -> None:
        lock = locked(f"{registry.host}/lock/several:1", "--arch", architecture)
        assert (lock["digest"], lock["index"]) == (images[platform], images["index"])
        assert sorted(lock["platform"].values()) == sorted(platform.split("/"))

    def test_the_platforms_are_listed_where_the_asked_one_is_missing(
        self, registry: Registry, images: dict[str, str]
    ) -> None:
        reference = f"{registry.host}/lock/several:1"
        assert error_of("lock", PLAIN, reference, "--arch", "riscv64") == (
            f"there is no image for linux/riscv64 in {reference}: "
            "it has linux/amd64, linux/arm64/v8, linux/arm/v6, linux/arm/v7: choose with --os, --arch"
        )

    def test_an_index_may_be_named_by_its_digest(self, registry: Registry, images: dict[str, str]) -> None:
        lock = locked(f"{registry.host}/lock/several@{images['index']}", "--arch", "arm64")
        assert lock["digest"] == images["linux/arm64/v8"]


class TestUpdate:
    def test_what_the_tag_is_now(self, skopeo: Skopeo, registry: Registry, tmp_path: Path) -> None:
        first = push(skopeo, registry, tmp_path, "lock/moving:1", "arm64")
        file = tmp_path / "x.lock.json"
        file.write_text(json.dumps(locked(f"{registry.host}/lock/moving:1", "--arch", "arm64")))
        push(skopeo, registry, tmp_path, "lock/moving:2", "arm64")
        skopeo.copy(f"docker://{registry.host}/lock/moving:2", f"docker://{registry.host}/lock/moving:1")
        done = nixdock("lock", PLAIN, "--update", file)
        second = json.loads(file.read_text())
        assert second == locked(f"{registry.host}/lock/moving:1", "--arch", "arm64")
        assert second["digest"] != first
        assert f"was {first}, is now {second['digest']}" in done.stderr.decode()
        again = nixdock("lock", PLAIN, "--update", file)
        assert again.stderr.decode().endswith("is unchanged\n")

    def test_a_refusal_leaves_the_file_alone(self, skopeo: Skopeo, registry: Registry, tmp_path: Path) -> None:
        push(skopeo, registry, tmp_path, "lock/there:1")
        file = tmp_path / "x.lock.json"
        text = json.dumps(locked(f"{registry.host}/lock/there:1", "--arch", "amd64"))
        file.write_text(text)
        error = error_of("lock", PLAIN, "--update", file, f"{registry.host}/lock/gone:1")
        assert error.startswith(f"the registry has no such image in {registry.host}/lock/gone:1")
        assert file.read_text() == text
        assert [path.name for path in tmp_path.iterdir()] == ["x.lock.json"]


class TestErrors:
    def test_nothing_is_named(self) -> None:
        assert usage_error_of("lock") == "no image is named"

    def test_no_lock_file(self, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text("[]")
        assert error_of("lock", "--update", tmp_path / "x.json").startswith("the document is not an object")

    def test_plain_http(self, registry: Registry) -> None:
        error = error_of("lock", f"{registry.host}/lock/one:1")
        assert error.startswith("a plain HTTP registry where TLS was expected")

    def test_encrypted_layers_are_refused_before_they_are_fetched(
        self, skopeo: Skopeo, registry: Registry, tmp_path: Path
    ) -> None:
        push(skopeo, registry, tmp_path, "lock/encrypted:plain")
        manifest = json.loads(raw(skopeo, registry, "lock/encrypted:plain"))
        encrypted = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"
        manifest["mediaType"] = "application/vnd.oci.image.manifest.v1+json"
        manifest["config"]["mediaType"] = "application/vnd.oci.image.config.v1+json"
        manifest["layers"][0]["mediaType"] = encrypted
        put_manifest(registry, "lock/encrypted", "1", manifest["mediaType"], json.dumps(manifest).encode())
        error = error_of("lock", PLAIN, f"{registry.host}/lock/encrypted:1", "--arch", "amd64")
        assert f"is {encrypted} in {registry.host}/lock/encrypted:1: take one with" in error
