from __future__ import annotations

import pytest

from nixdock_hook.serving.byte_range import PartWriter, Unsatisfiable, parse_range


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, None),
        ("", None),
        ("bytes=0-0", range(0, 1)),
        ("bytes=2-4", range(2, 5)),
        ("bytes=4-", range(4, 10)),
        ("bytes=4-99", range(4, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)),
        ("bytes=-", None),
        ("bytes=4-2", None),
        ("bytes=0-1,3-4", None),
        ("lines=0-1", None),
        ("bytes=٣-4", None),
        (f"bytes={'9' * 5000}-", None),
        (f"bytes=0-{'9' * 5000}", None),
    ],
)
def test_what_a_header_asks_for(header: str | None, found: range | None) -> None:
    assert parse_range(header, 10) == found


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_nothing_is_there(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse_range(header, 10)


DATA = bytes(range(20))


@pytest.mark.parametrize("length", [1, 3, 7, 20])
@pytest.mark.parametrize("part", [range(20), range(1), range(19, 20), range(5, 13), range(7, 14)])
def test_only_the_part_passes_and_its_end_waits(part: range, length: int) -> None:
    passed: list[bytes] = []
    writer = PartWriter(lambda piece: passed.append(bytes(piece)), part)
    for start in range(0, len(DATA), length):
        writer.write(memoryview(DATA)[start : start + length])
    before = b"".join(passed)
    assert len(before) < len(part)
    writer.finish()
    assert b"".join(passed) == DATA[part.start : part.stop]
    assert b"".join(passed).startswith(before)


def test_the_piece_that_waits_is_kept_when_its_buffer_is_used_again() -> None:
    passed: list[bytes] = []
    writer = PartWriter(lambda piece: passed.append(bytes(piece)), range(2))
    buffer = bytearray(b"ab")
    writer.write(memoryview(buffer))
    buffer[:] = b"xy"
    writer.finish()
    assert passed == [b"ab"]
