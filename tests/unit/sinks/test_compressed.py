from __future__ import annotations

import gc
import gzip
import os
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from weakref import WeakValueDictionary

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput, NixdockError, StoreChanged
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.layers.source import BlobSource
from nixdock_hook.oci.model import LAYER_GZIP, LAYER_ZSTD, Descriptor
from nixdock_hook.sinks.blobs import FileBlob
from nixdock_hook.sinks.compressed import CompressedLayers, LayerCompression, checked_layer_compression, compress_layer
from tests.support import images
from tests.support.images import sha256
from tests.support.recipes import tar_layer
from tests.support.tools import need

LAYER = images.layer({"zeros": bytes(3_000_000)})


@pytest.mark.parametrize(("compression", "media_type"), [("gzip", LAYER_GZIP), ("zstd", LAYER_ZSTD)])
def test_the_descriptor_is_that_of_what_was_written(
    tmp_path: Path, compression: LayerCompression, media_type: str
) -> None:
    file = BytesIO()
    with layer_contents() as contents:
        found = compress_layer(tar_layer(tmp_path / "layer", LAYER), contents, compression, file.write)
    data = file.getvalue()
    assert (found.media_type, found.digest, found.size) == (media_type, sha256(data), len(data))
    unpack = {"gzip": gzip.decompress, "zstd": unzstd}[compression]
    assert unpack(data) == LAYER


def unzstd(data: bytes) -> bytes:
    return subprocess.run([need("zstd"), "-dc"], input=data, capture_output=True, check=True).stdout


def test_a_layer_that_changed_is_no_layer(tmp_path: Path) -> None:
    layer = replace(tar_layer(tmp_path / "layer", LAYER), diff_id=sha256(b"another"))
    with layer_contents() as contents, pytest.raises(StoreChanged):
        compress_layer(layer, contents, "gzip", BytesIO().write)


def test_each_layer_is_compressed_once(tmp_path: Path) -> None:
    layer = tar_layer(tmp_path / "layer", LAYER)
    with layer_contents() as contents:
        layers = CompressedLayers(contents, "gzip")
        blob = layers.blob(layer)
        assert isinstance(blob, FileBlob)
        os.unlink(tmp_path / "layer")
        assert layers.blob(layer) is blob
        for _ in range(2):
            pieces: list[bytes] = []
            blob.write(lambda piece: pieces.append(bytes(piece)))  # noqa: B023
            assert gzip.decompress(b"".join(pieces)) == LAYER
    file = blob.file
    del blob, layers
    gc.collect()
    assert file.closed


def test_of_layers_that_are_held_weakly_nothing_stays(tmp_path: Path) -> None:
    layer = tar_layer(tmp_path / "layer", LAYER)
    with layer_contents() as contents:
        layers = CompressedLayers(contents, "gzip", held=WeakValueDictionary())
        blob = layers.blob(layer)
        assert isinstance(blob, FileBlob) and layers.blob(layer) is blob
        file = blob.file
        del blob
        gc.collect()
        assert file.closed
        again = layers.blob(layer)
        assert isinstance(again, FileBlob) and not again.file.closed


def test_what_a_registry_keeps_in_this_compression_stays_as_it_is(tmp_path: Path) -> None:
    data = gzip.compress(LAYER, 1)
    (tmp_path / "blob").write_bytes(data)
    plain = tar_layer(tmp_path / "layer", LAYER)
    source = BlobSource(str(tmp_path / "blob"), sha256(data), len(data))
    stored = replace(plain, media_type=LAYER_GZIP, source=source)
    with layer_contents() as contents:
        assert CompressedLayers(contents, "gzip").blob(stored).descriptor == Descriptor(
            LAYER_GZIP, sha256(data), len(data)
        )
        assert CompressedLayers(contents, "zstd").blob(stored).descriptor.media_type == LAYER_ZSTD
        assert CompressedLayers(contents, "gzip").blob(plain).descriptor.digest != sha256(data)


def test_no_room_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", lambda: os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb"))
    monkeypatch.setattr("tempfile.tempdir", "/small")
    layer = tar_layer(tmp_path / "layer", LAYER)
    with layer_contents() as contents:
        error = "No space left on device in /small: let TMPDIR name a directory with more room$"
        with pytest.raises(NixdockError, match=error):
            CompressedLayers(contents, "gzip").blob(layer)


def test_a_file_that_got_shorter(tmp_path: Path) -> None:
    layer = tar_layer(tmp_path / "layer", LAYER)
    with layer_contents() as contents:
        blob = CompressedLayers(contents, "gzip").blob(layer)
        assert isinstance(blob, FileBlob)
        blob.file.truncate(10)
        with pytest.raises(InvalidImage, match="got shorter"):
            blob.write(lambda piece: None)


def test_words_for_compressions() -> None:
    assert checked_layer_compression("zstd") == "zstd"
    with pytest.raises(InvalidInput, match="^'xz' in layerCompression: use one of none, gzip, zstd, zlib$"):
        checked_layer_compression("xz")
