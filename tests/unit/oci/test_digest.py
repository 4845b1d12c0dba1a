"""Digests and the reader that hashes."""

from __future__ import annotations

import hashlib
import io

import pytest

from nixdock_hook.oci.digest import HashingReader, digest_of, is_digest, sha256

EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_hash_is_openssls() -> None:
    assert type(sha256()).__module__ == "_hashlib"


def test_a_known_digest() -> None:
    assert digest_of(b"") == EMPTY
    assert is_digest(EMPTY)


@pytest.mark.parametrize(
    "value", ["", EMPTY[7:], EMPTY.upper(), EMPTY[:-1], EMPTY + "0", EMPTY + "\n", "md5:abc", None, EMPTY.encode()]
)
def test_what_is_no_digest(value: object) -> None:
    assert not is_digest(value)


def test_the_hashing_reader_hashes_what_is_read_and_what_is_skipped() -> None:
    data = bytes(range(256)) * 100
    hashing = HashingReader(io.BytesIO(data))
    reader = io.BufferedReader(hashing, 1000)
    assert reader.read(3) == data[:3]
    reader.seek(20_000)
    assert reader.read(10) == data[20_000:20_010]
    reader.read()
    assert (hashing.digest, hashing.size) == (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))


def test_the_hashing_reader_goes_neither_back_nor_beyond_the_end() -> None:
    reader = HashingReader(io.BytesIO(b"abc"))
    assert reader.seek(100) == 3
    with pytest.raises(io.UnsupportedOperation):
        reader.seek(2)
    with pytest.raises(io.UnsupportedOperation):
        reader.seek(0, io.SEEK_END)
