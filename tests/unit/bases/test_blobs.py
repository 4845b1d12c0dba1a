from __future__ import annotations

import json
from pathlib import Path

import pytest

from nixdock_hook.bases.blobs import BlobFiles, BlobImage
from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.oci.model import CONFIG, LAYER_TAR, Descriptor, Manifest
from tests.support.images import image_config, layer, sha256

LAYER = layer({"a": b"1"})
CONFIG_DATA = json.dumps(image_config([LAYER]), indent=2).encode()


def files(tmp_path: Path, **blobs: bytes) -> BlobFiles:
    for name, data in blobs.items():
        (tmp_path / name).write_bytes(data)
    return BlobFiles({sha256(data): str(tmp_path / name) for name, data in blobs.items()})


def read(blobs: BlobFiles, *layers: bytes) -> BlobImage:
    config = Descriptor(CONFIG, sha256(CONFIG_DATA), len(CONFIG_DATA))
    manifest = Manifest(config, tuple(Descriptor(LAYER_TAR, sha256(data), len(data)) for data in layers))
    return BlobImage.read(json.dumps(manifest.to_json(), indent=1), "here", blobs)


def test_the_config_keeps_its_text(tmp_path: Path) -> None:
    blobs = files(tmp_path, config=CONFIG_DATA, layer=LAYER)
    image = read(blobs, LAYER)
    assert image.config_bytes == CONFIG_DATA
    assert image.config.diff_ids == (sha256(LAYER),)
    with blobs.open(image.layers[0]) as file:
        assert file.read() == LAYER


def test_a_config_with_another_digest(tmp_path: Path) -> None:
    blobs = files(tmp_path, config=CONFIG_DATA)
    (tmp_path / "config").write_bytes(CONFIG_DATA + b" ")
    problem = f"^the blob has the digest {sha256(CONFIG_DATA + b' ')}, not {sha256(CONFIG_DATA)} in blob "
    with pytest.raises(InvalidImage, match=problem):
        read(blobs, LAYER)


def test_a_manifest_with_more_layers_than_its_config(tmp_path: Path) -> None:
    with pytest.raises(InvalidImage, match="^1 diff IDs for 2 layers in blob sha256:.*do not belong together$"):
        read(files(tmp_path, config=CONFIG_DATA), LAYER, LAYER)


def test_a_blob_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidImage, match=f"^there is no blob {sha256(LAYER)} in the image: it is incomplete"):
        files(tmp_path).open(sha256(LAYER))


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidImage, match="^cannot open the blob in blob sha256:x .*: No such file or directory$"):
        BlobFiles({"sha256:x": str(tmp_path / "gone")}).open("sha256:x")


def test_a_layer_of_another_size_than_its_descriptor_states(tmp_path: Path) -> None:
    blobs = files(tmp_path, config=CONFIG_DATA, layer=LAYER)
    with (tmp_path / "layer").open("ab") as file:
        file.write(b"x")
    what = f"the blob has {len(LAYER) + 1} bytes but its descriptor states {len(LAYER)} in blob sha256:"
    with pytest.raises(InvalidImage, match=what):
        read(blobs, LAYER)


def test_a_blob_without_an_end(tmp_path: Path) -> None:
    blobs = files(tmp_path, config=CONFIG_DATA, layer=LAYER)
    (tmp_path / "layer").unlink()
    (tmp_path / "layer").symlink_to("/dev/zero")
    with pytest.raises(InvalidInput, match=f"^this is a device, not a file in {tmp_path}/layer: "):
        read(blobs, LAYER)
