from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput, StoreChanged
from nixdock_hook.images.index import ImageIndex
from nixdock_hook.images.recipe import Recipe, Verbatim, read_recipe
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.layers.source import BlobSource, Layer, TarSource
from nixdock_hook.oci.model import LAYER_GZIP, Descriptor, History, Index, Manifest, Platform
from nixdock_hook.sinks.blobs import Blob
from nixdock_hook.sinks.served_image import served_image
from tests.support import images
from tests.support.images import sha256
from tests.support.recipes import recipe, recipe_file, store_layer, tar_layer, tree

ONE = images.layer({"one": b"1"})


def content(blob: Blob) -> bytes:
    pieces: list[bytes] = []
    blob.write(lambda piece: pieces.append(bytes(piece)))
    return b"".join(pieces)


def test_the_manifest_names_config_and_uncompressed_layers(tmp_path: Path) -> None:
    layers = tar_layer(tmp_path / "one", ONE), store_layer(tree(tmp_path / "path", {"file": "x"}))
    image = recipe(*layers, config={"Cmd": ["x"]})
    with layer_contents() as contents:
        served = served_image(image, "app:1", contents)
        manifest = Manifest.from_json(json.loads(served.manifest.data), "test")
        assert manifest.media_type == served.manifest.media_type == "application/vnd.oci.image.manifest.v1+json"
        assert [(layer.digest, layer.size) for layer in manifest.layers] == [(x.diff_id, x.size) for x in layers]
        assert {layer.media_type for layer in manifest.layers} == {"application/vnd.oci.image.layer.v1.tar"}
        assert content(served.blobs[manifest.config.digest]) == image.oci_config()
        assert set(served.blobs) == {manifest.config.digest, *(layer.diff_id for layer in layers)}
        for descriptor in (manifest.config, *manifest.layers):
            blob = served.blobs[descriptor.digest]
            assert blob.descriptor == descriptor
            assert sha256(content(blob)) == descriptor.digest
            assert len(content(blob)) == descriptor.size


def test_annotations_of_the_recipe_are_the_manifests(tmp_path: Path) -> None:
    image = recipe(tar_layer(tmp_path / "one", ONE), annotations={"a": "b"})
    file = recipe_file(tmp_path / "recipe", image)
    assert b"annotations" not in (recipe_file(tmp_path / "plain", recipe()) / "image.json").read_bytes()
    with layer_contents() as contents:
        assert read_recipe(str(file)) == image
        served = served_image(read_recipe(str(file)), "app:1", contents)
    assert json.loads(served.manifest.data)["annotations"] == {"a": "b"}


def test_a_layer_in_another_form_is_named_by_it_and_not_here(tmp_path: Path) -> None:
    layer = tar_layer(tmp_path / "one", ONE)
    elsewhere = Descriptor(LAYER_GZIP, sha256(b"compressed"), 10)
    with layer_contents() as contents:
        served = served_image(recipe(layer, layer), "app:1", contents, {layer.diff_id: elsewhere})
    manifest = Manifest.from_json(json.loads(served.manifest.data), "test")
    assert manifest.layers == (elsewhere, elsewhere)
    assert set(served.blobs) == {manifest.config.digest}


def test_an_index_names_a_manifest_for_each_platform(tmp_path: Path) -> None:
    same, other = tar_layer(tmp_path / "one", ONE), tar_layer(tmp_path / "two", images.layer({"two": b"2"}))
    recipes = recipe(same), recipe(same, other, platform=Platform("arm", "linux", "v7"))
    with layer_contents() as contents:
        served = served_image(ImageIndex("app", "1", recipes), "registry.example/app:1", contents)
        alone = [served_image(image, "app:1", contents) for image in recipes]
    index = Index.from_json(json.loads(served.manifest.data), "test")
    assert (served.repository, served.tag) == ("app", "1")
    assert served.manifest.media_type == index.media_type == "application/vnd.oci.image.index.v1+json"
    assert [manifest.platform for manifest in index.manifests] == [image.platform for image in recipes]
    assert [manifest.digest for manifest in index.manifests] == [x.manifest.descriptor.digest for x in alone]
    assert [served.named[manifest.digest] for manifest in index.manifests] == [image.manifest for image in alone]
    assert set(served.blobs) == {*alone[0].blobs, *alone[1].blobs}


class TestFromARegistry:
    """An image that is served as another registry has it."""

    MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"

    @pytest.fixture
    def image(self, tmp_path: Path) -> Recipe:
        packed, config = gzip.compress(ONE, mtime=0), '{ "spaced":  true }'
        (tmp_path / "blob").write_bytes(packed)
        manifest = {
            "schemaVersion": 2,
            "mediaType": self.MANIFEST_TYPE,
            "config": {"mediaType": "config", "digest": sha256(config.encode()), "size": len(config)},
            "layers": [{"mediaType": "layer", "digest": sha256(packed), "size": len(packed)}] * 2,
        }
        source = BlobSource(str(tmp_path / "blob"), sha256(packed), len(packed))
        layer = Layer(sha256(ONE), len(ONE), LAYER_GZIP, History(), source)
        return recipe(layer, layer, verbatim=Verbatim(json.dumps(manifest, indent=3), config))

    def test_all_bytes_are_those_of_that_registry(self, image: Recipe, tmp_path: Path) -> None:
        assert image.verbatim
        with layer_contents() as contents:
            served = served_image(image, "app:1", contents)
        assert served.manifest.data.decode() == image.verbatim.manifest
        assert served.manifest.media_type == self.MANIFEST_TYPE
        found = sorted(content(blob) for blob in served.blobs.values())
        assert found == sorted([image.verbatim.config.encode(), (tmp_path / "blob").read_bytes()])
        assert all(sha256(content(blob)) == digest for digest, blob in served.blobs.items())

    def test_a_blob_that_changed_in_the_store(self, image: Recipe, tmp_path: Path) -> None:
        (tmp_path / "blob").write_bytes(b"other")
        with layer_contents() as contents:
            served = served_image(image, "app:1", contents)
        [digest] = {layer.source.digest for layer in image.layers if isinstance(layer.source, BlobSource)}
        with pytest.raises(StoreChanged, match=f"^the blob now has the digest {sha256(b'other')}, not {digest} in"):
            content(served.blobs[digest])

    def test_of_a_blob_that_grew_no_more_is_served_than_was_promised(self, image: Recipe, tmp_path: Path) -> None:
        blob = tmp_path / "blob"
        whole = blob.read_bytes()
        blob.write_bytes(whole + b"more")
        with layer_contents() as contents:
            served = served_image(image, "app:1", contents)
        [digest] = {layer.source.digest for layer in image.layers if isinstance(layer.source, BlobSource)}
        pieces: list[bytes] = []
        with pytest.raises(StoreChanged, match="^the blob now has the digest "):
            served.blobs[digest].write(lambda piece: pieces.append(bytes(piece)))
        assert b"".join(pieces) in (b"", whole)

    def test_documents_of_another_image_are_no_reason_to_serve_a_file(self, image: Recipe) -> None:
        assert image.verbatim
        wrong = [
            replace(image, verbatim=replace(image.verbatim, config="{}")),
            replace(image, layers=image.layers[1:]),
            replace(image, layers=tuple(replace(one, source=TarSource("/nix/store/x")) for one in image.layers)),
        ]
        for one in wrong:
            with layer_contents() as contents, pytest.raises(InvalidInput, match="do not belong together in app:1"):
                served_image(one, "app:1", contents)
