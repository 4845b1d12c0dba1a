from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.bases.blobs import BlobImage
from nixdock_hook.bases.files import open_files
from nixdock_hook.bases.oci_layout import Layout, SkopeoDirectory
from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.oci.model import CONFIG, INDEX, LAYER_TAR, MANIFEST
from tests.support.images import image_config, layer, sha256


class Made:
    """A layout written by hand."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.entries: list[dict[str, Any]] = []
        (directory / "blobs/sha256").mkdir(parents=True)
        (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, media_type: str, data: bytes) -> dict[str, Any]:
        (self.directory / "blobs" / sha256(data).replace(":", "/")).write_bytes(data)
        return {"mediaType": media_type, "digest": sha256(data), "size": len(data)}

    def image(self, content: bytes, platform: str = "", **annotations: str) -> dict[str, Any]:
        """Write an image; returns its entry of an index."""
        tar = layer({"file": content})
        config = self.blob(CONFIG, json.dumps(image_config([tar])).encode())
        manifest = {"schemaVersion": 2, "config": config, "layers": [self.blob(LAYER_TAR, tar)]}
        entry = self.blob(MANIFEST, json.dumps(manifest, indent=1).encode())
        if platform:
            entry["platform"] = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
        names = {
            "name": "io.containerd.image.name",
            "ref": "org.opencontainers.image.ref.name",
            "kind": "vnd.docker.reference.type",
        }
        return entry | {"annotations": {names[key]: value for key, value in annotations.items()}}

    def index(self, *entries: dict[str, Any]) -> bytes:
        return json.dumps({"schemaVersion": 2, "manifests": list(entries)}).encode()

    def read(
        self, *entries: dict[str, Any], name: str | None = None, tag: str | None = None, architecture: str = "amd64"
    ) -> BlobImage:
        """Pick an image of the layout with these entries in its index.json."""
        (self.directory / "index.json").write_bytes(self.index(*entries))
        with open_files(str(self.directory)) as files:
            return Layout(files).pick(name, tag, architecture)

    def content(self, image: BlobImage) -> bytes:
        """What the first layer's file is."""
        with tarfile.open(self.directory / image.layers[0]) as tar:
            member = tar.extractfile("file")
            assert member
            return member.read()


@pytest.fixture
def layout(tmp_path: Path) -> Made:
    return Made(tmp_path / "layout")


def test_the_manifest_keeps_its_text(layout: Made) -> None:
    entry = layout.image(b"one", ref="1")
    image = layout.read(entry)
    assert sha256(image.manifest_text.encode()) == entry["digest"]
    assert layout.content(image) == b"one"


@pytest.mark.parametrize(
    ("annotations", "repo_tag"),
    [
        ({}, "base:latest"),
        ({"ref": "1"}, "base:1"),
        ({"ref": "registry.example/app:1"}, "registry.example/app:1"),
        ({"name": "docker.io/library/app:2", "ref": "2"}, "docker.io/library/app:2"),
    ],
)
def test_its_name(layout: Made, annotations: dict[str, str], repo_tag: str) -> None:
    assert layout.read(layout.image(b"one", **annotations)).repo_tag == repo_tag


@pytest.mark.parametrize(
    ("name", "tag", "content"), [(None, None, b"one"), ("app", "2", b"two"), ("other", "1", b"one")]
)
def test_one_of_several_is_picked_by_name(layout: Made, name: str | None, tag: str | None, content: bytes) -> None:
    entries = layout.image(b"one", ref="1"), layout.image(b"two", name="docker.io/library/app:2")
    assert layout.content(layout.read(*entries, name=name, tag=tag)) == content


def test_a_name_that_is_not_there(layout: Made) -> None:
    with pytest.raises(InvalidInput) as caught:
        layout.read(layout.image(b"one", ref="1"), layout.image(b"two"), name="app", tag="3")
    assert str(caught.value) == f"there is no image app:3 in {layout.directory}/index.json: it holds 1"


def test_the_platform_of_this_machine_is_picked(layout: Made) -> None:
    entries = layout.image(b"arm", "linux/arm64"), layout.image(b"amd", "linux/amd64")
    assert layout.content(layout.read(*entries)) == b"amd"


def test_an_index_in_the_index(layout: Made) -> None:
    inner = layout.index(layout.image(b"arm", "linux/arm64"), layout.image(b"amd", "linux/amd64"))
    image = layout.read(layout.blob(INDEX, inner) | {"annotations": {"io.containerd.image.name": "app:1"}})
    assert (image.repo_tag, layout.content(image)) == ("app:1", b"amd")


def test_another_platform_only(layout: Made) -> None:
    with pytest.raises(InvalidInput, match="^there is no image for linux/amd64 in .*: it holds linux/arm64$"):
        layout.read(layout.image(b"arm", "linux/arm64"))


def test_the_highest_variant_is_picked(layout: Made) -> None:
    variants = [layout.image(name.encode(), f"linux/arm/{name}", ref="1") for name in ("v6", "v7", "v5")]
    other = layout.image(b"other", "linux/arm/v8", ref="2")
    assert layout.content(layout.read(*variants, other, architecture="arm")) == b"v7"


@pytest.mark.parametrize(("platform", "kind"), [("unknown/unknown", ""), ("", "attestation-manifest")])
def test_attestations_are_passed_over(layout: Made, platform: str, kind: str) -> None:
    said = layout.image(b"who built it", platform, kind=kind)
    assert layout.content(layout.read(said, layout.image(b"amd", "linux/amd64"))) == b"amd"
    with pytest.raises(InvalidInput, match="there is no image for linux/amd64 in .*: it holds no image at all$"):
        layout.read(said)


def images(layout: Made, *entries: dict[str, Any]) -> list[BlobImage]:
    (layout.directory / "index.json").write_bytes(layout.index(*entries))
    with open_files(str(layout.directory)) as files:
        return Layout(files).images("amd64")


def test_all_images_for_one_platform(layout: Made) -> None:
    inner = layout.index(layout.image(b"arm", "linux/arm64"), layout.image(b"amd", "linux/amd64"))
    entries = [
        layout.image(b"one", ref="1"),
        layout.image(b"arm", "linux/arm64", name="arm:1"),
        layout.image(b"two", "linux/amd64", name="two:1", ref="1"),
        layout.blob(INDEX, inner) | {"annotations": {"io.containerd.image.name": "app:1"}},
    ]
    found = images(layout, *entries)
    assert [layout.content(image) for image in found] == [b"one", b"two", b"amd"]
    assert [image.repo_tags for image in found] == [(), ("two:1",), ("app:1",)]


def test_a_digest_in_the_place_of_a_tag_is_no_tag(layout: Made) -> None:
    [image] = images(layout, layout.image(b"one", name=f"docker.io/library/app@{sha256(b'x')}"))
    assert image.repo_tags == ()


class TestSkopeoDirectory:
    """As `skopeo copy … dir:DIRECTORY` leaves it: all files side by side, a manifest under its own name."""

    @pytest.fixture
    def directory(self, layout: Made) -> SkopeoDirectory:
        entries = layout.image(b"arm", "linux/arm64"), layout.image(b"amd", "linux/amd64")
        blobs = layout.directory / "blobs/sha256"
        manifests = {entry["digest"].removeprefix("sha256:") for entry in entries}
        for file in blobs.iterdir():
            file.rename(layout.directory / (file.name + ".manifest.json" if file.name in manifests else file.name))
        shutil.rmtree(layout.directory / "blobs")
        (layout.directory / "version").write_text("Directory Transport Version: 1.1\n")
        (layout.directory / "manifest.json").write_bytes(layout.index(*entries))
        with open_files(str(layout.directory)) as files:
            return SkopeoDirectory(files)

    def test_one_platform_of_several(self, layout: Made, directory: SkopeoDirectory) -> None:
        assert layout.content(directory.pick(None, None, "arm64")) == b"arm"
        assert [layout.content(image) for image in directory.images("amd64")] == [b"amd"]
        assert directory.images("amd64")[0].repo_tags == ()

    def test_a_manifest_instead_of_an_index(self, layout: Made, directory: SkopeoDirectory) -> None:
        image = directory.pick(None, None, "arm64")
        (layout.directory / "manifest.json").write_text(image.manifest_text)
        assert layout.content(directory.pick(None, None, "amd64")) == b"arm"  # what it is for is for others to say

    def test_it_has_no_name(self, directory: SkopeoDirectory) -> None:
        with pytest.raises(InvalidInput, match="there is no image app:1 in .*: it holds one image without a name"):
            directory.pick("app", "1", "amd64")


def test_an_altered_manifest(layout: Made) -> None:
    entry = layout.image(b"one")
    file = layout.directory / "blobs" / entry["digest"].replace(":", "/")
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(InvalidImage, match=f"^the blob has the digest sha256:.* in {file}: it was altered"):
        layout.read(entry)


def test_a_missing_manifest(layout: Made) -> None:
    entry = layout.image(b"one")
    file = layout.directory / "blobs" / entry["digest"].replace(":", "/")
    file.unlink()
    with pytest.raises(InvalidImage, match=f"^a file of the image is missing in {file}: get the image again, comp"):
        layout.read(entry)
