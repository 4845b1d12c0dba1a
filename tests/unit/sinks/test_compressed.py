from __future__ import annotations

import gzip
import os
import subprocess
from contextlib import ExitStack
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage, NixdockError, StoreChanged
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.oci.model import LAYER_GZIP, LAYER_ZSTD
from nixdock_hook.sinks.blobs import FileBlob
from nixdock_hook.sinks.compressed import CompressedLayers, compress_layer
from tests.support import images
from tests.support.images import sha256
from tests.support.recipes import tar_layer
from tests.support.tools import need

LAYER = images.layer({"zeros": bytes(3_000_000)})


@pytest.mark.parametrize(("compression", "media_type"), [("gzip", LAYER_GZIP), ("zstd", LAYER_ZSTD)])
def test_the_descriptor_is_that_of_what_was_written(tmp_path: Path, compression: str, media_type: str) -> None:
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
    with layer_contents() as contents, ExitStack() as stack:
        layers = CompressedLayers(contents, "gzip", stack)
        blob = layers.blob(layer)
        os.unlink(tmp_path / "layer")
        assert layers.blob(layer) is blob
        for _ in range(2):
            pieces: list[bytes] = []
            blob.write(lambda piece: pieces.append(bytes(piece)))  # noqa: B023
            assert gzip.decompress(b"".join(pieces)) == LAYER
    assert blob.file.closed


def test_no_room_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", lambda: os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb"))
    monkeypatch.setattr("tempfile.tempdir", "/small")
    layer = tar_layer(tmp_path / "layer", LAYER)
    with layer_contents() as contents, ExitStack() as stack:
        error = "No space left on device in /small: let TMPDIR name a directory with more room$"
        with pytest.raises(NixdockError, match=error):
            CompressedLayers(contents, "gzip", stack).blob(layer)


def test_a_file_that_got_shorter(tmp_path: Path) -> None:
    layer = tar_layer(tmp_path / "layer", LAYER)
    with layer_contents() as contents, ExitStack() as stack:
        blob: FileBlob = CompressedLayers(contents, "gzip", stack).blob(layer)
        blob.file.truncate(10)
        with pytest.raises(InvalidImage, match="got shorter"):
            blob.write(lambda piece: None)
