from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.oci.layout import LayoutImage, is_layout, read_layout
from nixdock_hook.oci.model import CONFIG, INDEX, LAYER_TAR, MANIFEST
from tests.support.images import image_config, layer, sha256


class Layout:
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
            entry["platform"] = dict(zip(("os", "architecture"), platform.split("/"), strict=True))
        names = {"name": "io.containerd.image.name", "ref": "org.opencontainers.image.ref.name"}
        return entry | {"annotations": {names[key]: value for key, value in annotations.items()}}

    def index(self, *entries: dict[str, Any]) -> bytes:
        return json.dumps({"schemaVersion": 2, "manifests": list(entries)}).encode()

    def read(self, *entries: dict[str, Any], name: str | None = None, tag: str | None = None) -> LayoutImage:
        """Read the layout with these entries in its index.json."""
        (self.directory / "index.json").write_bytes(self.index(*entries))
        return read_layout(str(self.directory), name, tag, "amd64")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def content_of(image: LayoutImage) -> bytes:
    with image.blobs.open(image.manifest.layers[0].digest) as file:
        return file.read()


def test_a_layout_is_a_directory_with_an_oci_layout_file(layout: Layout, tmp_path: Path) -> None:
    assert is_layout(str(layout.directory))
    assert not is_layout(str(tmp_path / "blobs"))
    assert not is_layout(str(tmp_path / "oci-layout"))


def test_the_manifest_keeps_its_text(layout: Layout) -> None:
    entry = layout.image(b"one", ref="1")
    image = layout.read(entry)
    assert sha256(image.manifest_text.encode()) == entry["digest"]
    assert content_of(image) == layer({"file": b"one"})


@pytest.mark.parametrize(
    ("annotations", "repo_tag"),
    [
        ({}, "base:latest"),
        ({"ref": "1"}, "base:1"),
        ({"ref": "registry.example/app:1"}, "registry.example/app:1"),
        ({"name": "docker.io/library/app:2", "ref": "2"}, "docker.io/library/app:2"),
    ],
)
def test_its_name(layout: Layout, annotations: dict[str, str], repo_tag: str) -> None:
    assert layout.read(layout.image(b"one", **annotations)).repo_tag == repo_tag


@pytest.mark.parametrize(
    ("name", "tag", "content"), [(None, None, b"one"), ("app", "2", b"two"), ("other", "1", b"one")]
)
def test_one_of_several_is_picked_by_name(layout: Layout, name: str | None, tag: str | None, content: bytes) -> None:
    entries = layout.image(b"one", ref="1"), layout.image(b"two", name="docker.io/library/app:2")
    assert content_of(layout.read(*entries, name=name, tag=tag)) == layer({"file": content})


def test_a_name_that_is_not_there(layout: Layout) -> None:
    with pytest.raises(InvalidInput) as caught:
        layout.read(layout.image(b"one", ref="1"), layout.image(b"two"), name="app", tag="3")
    assert str(caught.value) == f"there is no image app:3 in {layout.directory}/index.json: it holds 1"


def test_the_platform_of_this_machine_is_picked(layout: Layout) -> None:
    entries = layout.image(b"arm", "linux/arm64"), layout.image(b"amd", "linux/amd64")
    assert content_of(layout.read(*entries)) == layer({"file": b"amd"})


def test_an_index_in_the_index(layout: Layout) -> None:
    inner = layout.index(layout.image(b"arm", "linux/arm64"), layout.image(b"amd", "linux/amd64"))
    image = layout.read(layout.blob(INDEX, inner) | {"annotations": {"io.containerd.image.name": "app:1"}})
    assert (image.repo_tag, content_of(image)) == ("app:1", layer({"file": b"amd"}))


def test_another_platform_only(layout: Layout) -> None:
    with pytest.raises(InvalidInput, match="^there is no image for linux/amd64 in .*: it holds linux/arm64$"):
        layout.read(layout.image(b"arm", "linux/arm64"))


def test_an_altered_manifest(layout: Layout) -> None:
    entry = layout.image(b"one")
    file = layout.directory / "blobs" / entry["digest"].replace(":", "/")
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(InvalidImage, match=f"^the blob has the digest sha256:.* in {file}: get the layout again$"):
        layout.read(entry)


def test_a_missing_manifest(layout: Layout) -> None:
    entry = layout.image(b"one")
    file = layout.directory / "blobs" / entry["digest"].replace(":", "/")
    file.unlink()
    with pytest.raises(InvalidImage, match=f"^a file of the layout is missing in {file}: get the layout again"):
        layout.read(entry)
