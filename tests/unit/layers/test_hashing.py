"""Digests that are computed beside the writing."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from nixdock_hook.layers.hashing import DigestingWriter, hash_layer
from nixdock_hook.layers.source import StoreSource
from nixdock_hook.layers.tar import write_layer


@pytest.fixture
def source(tmp_path: Path) -> StoreSource:
    """A layer of several blocks, all of them different."""
    for number in range(9):
        (tmp_path / f"file{number}").write_bytes(bytes([number]) * 1_000_003)
    return StoreSource((str(tmp_path),))


def test_the_digest_of_a_layer_is_that_of_its_bytes(source: StoreSource) -> None:
    blocks: list[bytes] = []
    write_layer(source, lambda block: blocks.append(bytes(block)))
    data = b"".join(blocks)
    assert hash_layer(source) == (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))


def test_bytes_reach_both_the_hash_and_the_consumer(source: StoreSource) -> None:
    blocks: list[bytes] = []
    with DigestingWriter(lambda block: blocks.append(bytes(block))) as writer:
        write_layer(source, writer.write)
    data = b"".join(blocks)
    assert (writer.digest, writer.size) == (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))


def test_nothing_written() -> None:
    with DigestingWriter() as writer:
        pass
    assert (writer.digest, writer.size) == (f"sha256:{hashlib.sha256().hexdigest()}", 0)


def test_an_error_of_the_consumer_ends_the_thread(source: StoreSource) -> None:
    def broken(_: object) -> None:
        raise BrokenPipeError

    threads = threading.active_count()
    with pytest.raises(BrokenPipeError), DigestingWriter(broken) as writer:
        write_layer(source, writer.write)
    assert threading.active_count() == threads
