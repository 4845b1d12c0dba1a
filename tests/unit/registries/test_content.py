"""Bytes to be sent."""

from __future__ import annotations

from tempfile import TemporaryFile

import pytest

from nixdock_hook.registries.content import PIECE, Content, InFile, InMemory, InPieces, Part, pieces

DATA = bytes(range(256)) * (PIECE // 100)


def sent(content: Content) -> bytes:
    return b"".join(bytes(piece) for piece in pieces(content))


def test_bytes_in_memory_and_in_a_file_can_be_sent_again() -> None:
    with TemporaryFile() as file:
        file.write(DATA + b"more")
        file.flush()
        in_pieces = InPieces([DATA[:1], b"", DATA[1:1200], DATA[1200:]])
        for content in (InMemory(DATA), InFile(file, len(DATA)), in_pieces):
            assert content.size == len(DATA)
            assert sent(content) == sent(content) == DATA
            assert sent(Part(content, 1000, PIECE)) == DATA[1000:][:PIECE]
            assert bytes(Part(content, 1000, 500).read(10, 20)) == DATA[1010:1030]
            assert sent(Part(content, 1190, 20)) == DATA[1190:1210]


def test_no_piece_is_larger_than_one() -> None:
    assert max(len(piece) for piece in pieces(InMemory(DATA))) == PIECE
    assert list(pieces(InMemory(b""))) == list(pieces(InPieces([]))) == []


def test_a_file_that_got_shorter_is_an_error() -> None:
    with TemporaryFile() as file, pytest.raises(OSError):
        file.write(b"short")
        file.flush()
        sent(InFile(file, 100))
