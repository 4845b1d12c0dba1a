"""Bytes to be sent."""

from __future__ import annotations

from tempfile import TemporaryFile

import pytest

from nixdock_hook.registries.content import PIECE, Content, InFile, InMemory, Part, pieces

DATA = bytes(range(256)) * (PIECE // 100)


def sent(content: Content) -> bytes:
    return b"".join(bytes(piece) for piece in pieces(content))


def test_bytes_in_memory_and_in_a_file_can_be_sent_again() -> None:
    with TemporaryFile() as file:
        file.write(DATA + b"more")
        file.flush()
        for content in (InMemory(DATA), InFile(file, len(DATA))):
            assert content.size == len(DATA)
            assert sent(content) == sent(content) == DATA
            assert sent(Part(content, 1000, PIECE)) == DATA[1000:][:PIECE]
            assert bytes(Part(content, 1000, 500).read(10, 20)) == DATA[1010:1030]


def test_no_piece_is_larger_than_one() -> None:
    assert max(len(piece) for piece in pieces(InMemory(DATA))) == PIECE
    assert list(pieces(InMemory(b""))) == []


def test_a_file_that_got_shorter_is_an_error() -> None:
    with TemporaryFile() as file, pytest.raises(OSError):
        file.write(b"short")
        file.flush()
        sent(InFile(file, 100))
