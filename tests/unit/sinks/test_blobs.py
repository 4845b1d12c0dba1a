"""Bytes by digest."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from nixdock_hook.errors import InvalidImage, StoreChanged
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.oci.model import CONFIG, LAYER_GZIP, LAYER_TAR, Descriptor
from nixdock_hook.sinks.blobs import Blob, Document, FileBlob, PlainLayer, StoredBlob
from tests.support.images import layer, sha256
from tests.support.recipes import tar_layer

DATA = bytes(range(256)) * 5000


def written(blob: Blob) -> bytes:
    buffer = BytesIO()
    blob.write(buffer.write)
    return buffer.getvalue()


def test_a_document_knows_its_digest() -> None:
    document = Document(CONFIG, b"{}")
    assert document.descriptor == Descriptor(CONFIG, sha256(b"{}"), 2)
    assert written(document) == b"{}"


def test_a_plain_layer_is_known_by_its_diff_id(tmp_path: Path) -> None:
    tar = layer({"a": b"a"})
    with layer_contents() as contents:
        blob = PlainLayer(tar_layer(tmp_path / "layer.tar", tar), contents)
        assert blob.descriptor == Descriptor(LAYER_TAR, sha256(tar), len(tar))
        assert written(blob) == tar


def test_a_file_of_our_own_is_read_by_several_at_once() -> None:
    with TemporaryFile() as file:
        file.write(DATA)
        file.flush()
        blob = FileBlob(Descriptor(LAYER_GZIP, sha256(DATA), len(DATA)), file)
        assert written(blob) == written(blob) == DATA
        file.truncate(10)
        with pytest.raises(InvalidImage, match="a compressed layer got shorter"):
            written(blob)


@pytest.mark.parametrize(
    "change",
    [lambda data: data[:-1], lambda data: data + b"x", lambda data: b"x" + data[1:]],
    ids=["shorter", "longer", "altered"],
)
def test_a_stored_blob_has_to_be_what_its_digest_says(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "blob"
    blob = StoredBlob(Descriptor(LAYER_GZIP, sha256(DATA), len(DATA)), str(path))
    path.write_bytes(DATA)
    assert written(blob) == DATA
    path.write_bytes(change(DATA))
    given = BytesIO()
    with pytest.raises(StoreChanged, match="the blob now has the digest"):
        blob.write(given.write)
    assert len(given.getvalue()) <= len(DATA)
