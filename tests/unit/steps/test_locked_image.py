from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.images.recipe import Recipe, read_recipe
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.layers.members import layer_members
from nixdock_hook.layers.source import BlobSource
from nixdock_hook.oci.model import CONFIG, LAYER_GZIP, LAYER_TAR
from nixdock_hook.trees.identity import path_digest
from tests.support.images import image_config, layer, sha256
from tests.support.recipes import tree

from .conftest import Build

LOWER = layer({"etc/": None, "etc/a": b"a"})
UPPER = layer({"nix/store/": None, "nix/store/kept/": None, "nix/store/kept/file": b"content"})


def descriptor(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": sha256(data), "size": len(data)}


class Locked:
    """An image as a registry has it: two layers, the first compressed, each twice."""

    def __init__(self, directory: Path) -> None:
        packed = gzip.compress(LOWER, mtime=0)
        config = image_config([LOWER, UPPER, LOWER], {"Cmd": ["x"]})
        config["history"].insert(0, {"created_by": "ARG", "empty_layer": True})
        self.config = json.dumps(config, indent=1)
        layers = [descriptor(LAYER_GZIP, packed), descriptor(LAYER_TAR, UPPER), descriptor(LAYER_GZIP, packed)]
        document = {"schemaVersion": 2, "config": descriptor(CONFIG, self.config.encode()), "layers": layers}
        self.manifest = json.dumps(document, indent=1)
        self.blobs = {}
        for data in (packed, UPPER, self.config.encode()):
            (directory / sha256(data)).write_bytes(data)
            self.blobs[sha256(data)] = str(directory / sha256(data))
        self.digests = [str(layer["digest"]) for layer in layers]

    def spec(self) -> dict[str, Any]:
        lock = {
            "lock": 1,
            "reference": "registry.example/app:1",
            "platform": {"architecture": "amd64", "os": "linux"},
            "index": None,
            "digest": sha256(self.manifest.encode()),
            "manifest": self.manifest,
        }
        return {"lock": lock, "name": "app", "tag": "1", "blobs": self.blobs}


@pytest.fixture
def locked(tmp_path: Path) -> Locked:
    return Locked(tmp_path)


@pytest.fixture
def recipe(build: Build, locked: Locked) -> Recipe:
    return read_recipe(str(build.run("locked_image", locked.spec())))


def test_layers_are_the_blobs_as_they_came(recipe: Recipe, locked: Locked) -> None:
    assert [layer.diff_id for layer in recipe.layers] == [sha256(LOWER), sha256(UPPER), sha256(LOWER)]
    assert [layer.media_type for layer in recipe.layers] == [LAYER_GZIP, LAYER_TAR, LAYER_GZIP]
    sizes = [Path(locked.blobs[digest]).stat().st_size for digest in locked.digests]
    assert [layer.source for layer in recipe.layers] == [
        BlobSource(locked.blobs[digest], digest, size) for digest, size in zip(locked.digests, sizes, strict=True)
    ]


def test_manifest_and_config_keep_their_bytes(recipe: Recipe, locked: Locked) -> None:
    assert recipe.verbatim is not None
    assert recipe.verbatim.manifest == locked.manifest
    assert recipe.oci_config().decode() == locked.config


def test_what_an_image_on_top_of_it_inherits(recipe: Recipe, tmp_path: Path) -> None:
    assert (recipe.name, recipe.tag, recipe.config) == ("app", "1", {"Cmd": ["x"]})
    kept = tree(tmp_path / "kept", {"file": "content"})
    (kept / "file").chmod(0o755)  # as in the layer
    assert recipe.base_holds == {"kept": path_digest(str(kept))}
    assert [entry.created_by for entry in recipe.history()] == ["ARG", "layer 0", "layer 1", "layer 2"]


def test_layers_can_be_read(recipe: Recipe) -> None:
    lower = recipe.layers[0]
    written = bytearray()
    with layer_contents() as contents:
        contents.write(lower.source, (lower.diff_id, lower.size), written.extend)
    assert written == LOWER
    with layer_members() as members:
        assert [name for name, _ in members.of(lower.source, (lower.diff_id, lower.size))] == [b"etc", b"etc/a"]


def test_a_layer_that_is_not_what_the_config_says(build: Build, locked: Locked) -> None:
    Path(locked.blobs[locked.digests[1]]).write_bytes(LOWER)
    with pytest.raises(InvalidImage, match=f"^the layer has the digest {sha256(LOWER)} but its config states"):
        build.run("locked_image", locked.spec())
    assert not build.out.exists()
