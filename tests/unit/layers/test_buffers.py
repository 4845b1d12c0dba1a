"""Headers and contents in blocks, each lent for a while."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nixdock_hook.errors import StoreChanged
from nixdock_hook.layers.buffers import LENT, Block, Buffers
from nixdock_hook.layers.headers import BLOCK

MIB = 1 << 20


def gathered(path: Path, content: bytes, stated: int, *, before: bytes = b"") -> bytes:
    """What comes of one file behind something else."""
    path.write_bytes(content)
    pieces: list[bytes] = []
    out = Buffers(lambda block: pieces.append(bytes(block)))
    fd = os.open(path, os.O_RDONLY)
    try:
        out.append(before)
        out.append_file(b"h" * BLOCK, fd, stated, os.fsencode(path))
    finally:
        os.close(fd)
    out.flush()
    return b"".join(pieces)


@pytest.mark.parametrize("size", [0, 1, BLOCK, BLOCK + 1, MIB, 3 * MIB + 7])
@pytest.mark.parametrize("before", [b"", bytes(MIB - BLOCK), bytes(5 * MIB)], ids=["empty", "almost full", "large"])
def test_a_file_is_padded_to_whole_blocks(tmp_path: Path, size: int, before: bytes) -> None:
    content = os.urandom(size)
    expected = before + b"h" * BLOCK + content + bytes(-size % BLOCK)
    assert gathered(tmp_path / "file", content, size, before=before) == expected


@pytest.mark.parametrize("size", [10, 3 * MIB])
@pytest.mark.parametrize("change", [-1, 1])
def test_a_file_that_is_another_size_is_named(tmp_path: Path, size: int, change: int) -> None:
    with pytest.raises(StoreChanged, match=str(tmp_path / "file")):
        gathered(tmp_path / "file", bytes(size + change), size)


def test_a_block_stays_what_it_is_for_as_many_calls_as_are_said() -> None:
    lent: list[tuple[Block, bytes]] = []

    def write(block: Block) -> None:
        lent.append((block, bytes(block)))
        for earlier, content in lent[-LENT:]:
            assert bytes(earlier) == content

    out = Buffers(write)
    for number in range(5 * 2 * LENT):
        out.append(bytes([number]) * (MIB // 2))
    out.flush()
    assert len(lent) > LENT and b"".join(content for _, content in lent) == b"".join(
        bytes([number]) * (MIB // 2) for number in range(5 * 2 * LENT)
    )
