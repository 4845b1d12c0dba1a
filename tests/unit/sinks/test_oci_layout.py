from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from nixdock_hook.bases.base import open_base
from nixdock_hook.errors import StoreChanged
from nixdock_hook.images.index import ImageIndex
from nixdock_hook.images.recipe import Recipe
from nixdock_hook.layers.source import BlobSource
from nixdock_hook.oci.model import LAYER_GZIP, Platform
from nixdock_hook.sinks.oci_layout import write_oci_layout
from tests.support import images
from tests.support.images import sha256
from tests.support.recipes import recipe, store_layer, tar_layer, tree

LAYER = images.layer({"zeros": bytes(100_000)})


@pytest.fixture
def image(tmp_path: Path) -> Recipe:
    layer = tar_layer(tmp_path / "layer.tar", LAYER)
    return recipe(layer, store_layer(tree(tmp_path / "path", {"file": "x"})), layer, config={"Cmd": ["x"]})


def test_every_blob_is_what_its_name_says(tmp_path: Path, image: Recipe) -> None:
    write_oci_layout(image, "registry.example/app:1", str(tmp_path / "layout"))
    top = tmp_path / "layout"
    files = [path for path in top.rglob("*") if path.is_file()]
    blobs = {path.name: path.read_bytes() for path in (top / "blobs/sha256").iterdir()}
    assert {str(path.relative_to(top)) for path in files} == {
        "oci-layout",
        "index.json",
        "manifest.json",
        *(f"blobs/sha256/{name}" for name in blobs),
    }
    assert [sha256(data) for data in blobs.values()] == [f"sha256:{name}" for name in blobs]
    assert json.loads((top / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    [described] = json.loads((top / "index.json").read_text())["manifests"]
    assert described["annotations"] == {
        "io.containerd.image.name": "registry.example/app:1",
        "org.opencontainers.image.ref.name": "1",
    }
    assert described["platform"] == {"architecture": "amd64", "os": "linux"}
    manifest = json.loads(blobs[described["digest"][7:]])
    assert blobs[manifest["config"]["digest"][7:]] == image.oci_config()
    unpacked = [gzip.decompress(blobs[layer["digest"][7:]]) for layer in manifest["layers"]]
    assert [sha256(data) for data in unpacked] == [layer.diff_id for layer in image.layers]
    assert {layer["mediaType"] for layer in manifest["layers"]} == {"application/vnd.oci.image.layer.v1.tar+gzip"}
    assert len(blobs) == 2 + 2  # equal layers are one blob


def test_an_index_is_one_entry_and_its_layers_are_shared(tmp_path: Path, image: Recipe) -> None:
    other = replace(image, platform=Platform("arm64", "linux"))
    write_oci_layout(ImageIndex("app", None, (image, other)), "app:1", str(tmp_path / "layout"))
    [entry] = json.loads((tmp_path / "layout/index.json").read_text())["manifests"]
    assert entry["mediaType"] == "application/vnd.oci.image.index.v1+json" and "platform" not in entry
    assert entry["annotations"] == {
        "io.containerd.image.name": "docker.io/library/app:1",
        "org.opencontainers.image.ref.name": "1",
    }
    blobs = {path.name: path.read_bytes() for path in (tmp_path / "layout/blobs/sha256").iterdir()}
    assert [sha256(data) for data in blobs.values()] == [f"sha256:{name}" for name in blobs]
    assert len(blobs) == 1 + 2 * 2 + 2  # index, manifests and configs, layers
    assert not (tmp_path / "layout/manifest.json").exists()
    for recipe_ in (image, other):
        with open_base(str(tmp_path / "layout")) as base:
            found = base.reader.pick("app", "1", recipe_.platform.architecture)
        assert found.config_bytes == recipe_.oci_config()


def test_a_failure_leaves_nothing(tmp_path: Path, image: Recipe) -> None:
    out = tmp_path / "out"
    out.mkdir()
    wrong = replace(image, layers=(replace(image.layers[0], diff_id=sha256(b"another")),))
    with pytest.raises(StoreChanged):
        write_oci_layout(wrong, "app:1", str(out / "layout"))
    assert list(out.iterdir()) == []


def test_what_is_there_is_kept(tmp_path: Path, image: Recipe) -> None:
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout/file").write_text("kept")
    with pytest.raises(FileExistsError):
        write_oci_layout(image, "app:1", str(tmp_path / "layout"))
    assert (tmp_path / "layout/file").read_text() == "kept"
    assert not (tmp_path / "layout.new").exists()


def test_without_a_compression_layers_are_as_their_diff_ids_say(tmp_path: Path, image: Recipe) -> None:
    write_oci_layout(image, "app:1", str(tmp_path / "layout"), "none")
    names = {f"sha256:{path.name}" for path in (tmp_path / "layout/blobs/sha256").iterdir()}
    assert {layer.diff_id for layer in image.layers} <= names and len(names) == 2 + 2


def test_a_base_layer_of_a_registry_is_what_it_is_there(tmp_path: Path) -> None:
    data = gzip.compress(LAYER, 1)
    (tmp_path / "blob").write_bytes(data)
    source = BlobSource(str(tmp_path / "blob"), sha256(data), len(data))
    base = replace(tar_layer(tmp_path / "layer", LAYER), media_type=LAYER_GZIP, source=source)
    write_oci_layout(recipe(base), "app:1", str(tmp_path / "layout"))
    assert (tmp_path / "layout/blobs/sha256" / sha256(data)[7:]).read_bytes() == data
