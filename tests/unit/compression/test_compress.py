"""Compressed streams: right, the same for every number of threads, and ended well or not at all."""

from __future__ import annotations

import gzip
import random
import sys
from collections.abc import Callable
from mmap import mmap
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook import process
from nixdock_hook.compression import compress, libdeflate, libzstd
from nixdock_hook.compression.compress import FAST, SMALL, Compressor, GzipLevel, gzip_writer, zlib_writer, zstd_writer
from nixdock_hook.errors import ProgramFailed
from tests.support.tools import ROOT, lacking, need, output

Writer = Callable[..., Compressor]

SIZES = [
    *(0, 1, compress._PIECE - 1, compress._PIECE, compress._PIECE + 1, 5 * compress._PIECE + 77),
    *(compress._MEMBER - 1, compress._MEMBER, compress._MEMBER + 1, 3 * compress._MEMBER),
]


def data_of(size: int) -> bytes:
    """Half random, half repetition."""
    return (random.Random(size).randbytes(size // 2) + b"0123456789abcdef" * (size // 16))[:size]


def compressed(writer: Writer, data: bytes, step: int = 1 << 20, **arguments: Any) -> bytes:
    blocks: list[bytes] = []
    with writer(blocks.append, **arguments) as stream:
        for start in range(0, len(data), step):
            stream.write(memoryview(data)[start : start + step])
    return b"".join(blocks)


def need_libdeflate() -> None:
    libdeflate.is_there() or lacking(f"there is no {libdeflate.LIBRARY} here")


def unzstd(data: bytes) -> bytes:
    return output(need("zstd"), "-dc", stdin=data)


@pytest.fixture(params=[gzip_writer, zlib_writer, zstd_writer])
def writer(request: pytest.FixtureRequest) -> Writer:
    """Each compressor."""
    if request.param is zstd_writer:
        need("zstd")
    if request.param is gzip_writer:
        need_libdeflate()
    made: Writer = request.param
    return made


@pytest.mark.parametrize("size", SIZES)
def test_what_went_in_comes_out(writer: Writer, size: int) -> None:
    data = data_of(size)
    unpack = unzstd if writer is zstd_writer else gzip.decompress
    assert unpack(compressed(writer, data)) == data


@pytest.mark.parametrize("writer", [gzip_writer, zlib_writer])
@pytest.mark.parametrize("program", ["gzip", "pigz"])
def test_programs_read_it(writer: Writer, program: str) -> None:
    data = data_of(9_000_000)
    assert output(need(program), "-dc", stdin=compressed(writer, data)) == data


def test_bytes_do_not_depend_on_threads_or_steps(writer: Writer) -> None:
    data = data_of(9_000_000)
    one = compressed(writer, data, threads=1)
    assert compressed(writer, data, threads=3) == one
    assert compressed(writer, data, step=99_991, threads=2) == one
    assert compressed(writer, data) == one


def source() -> bytes:
    return b"".join(path.read_bytes() for path in sorted((ROOT / "nixdock_hook").rglob("*.py")))


def test_levels(writer: Writer) -> None:
    level = 1 if writer is zstd_writer else GzipLevel(1, 1)
    assert len(compressed(writer, source())) < len(compressed(writer, source(), level=level))


@pytest.mark.parametrize("level", [FAST, SMALL])
def test_libdeflate_is_no_larger_than_zlib(level: GzipLevel) -> None:
    need_libdeflate()
    program = Path(need("bash")).read_bytes()  # the greater part of an image is programs and libraries
    assert len(compressed(gzip_writer, program, level=level)) < len(compressed(zlib_writer, program, level=level))


def test_programs_are_searched_better_than_text() -> None:
    need_libdeflate()
    program, text = Path(need("bash")).read_bytes(), source()
    for data, level in ((program, FAST.code or 0), (text, FAST.libdeflate)):
        assert compressed(gzip_writer, data, level=FAST) == compressed(gzip_writer, data, level=GzipLevel(level, 1))
    assert compressed(gzip_writer, text, level=FAST) != compressed(gzip_writer, text, level=GzipLevel(3, 1))


@pytest.mark.parametrize(("high", "is_code"), [(0, False), (299, False), (300, True), (999, True), (1000, False)])
def test_what_is_taken_for_code(high: int, is_code: bool) -> None:
    with mmap(-1, 4096) as data:
        data[:3000] = bytes([128]) * high + bytes([127]) * (3000 - high)
        data[3000:] = bytes([255]) * 1096  # beyond the end
        assert libdeflate.holds_code(data, 3000) == is_code
        assert not libdeflate.holds_code(data, 0)


def test_a_sample_is_taken_everywhere() -> None:
    size = 1 << 20
    with mmap(-1, size) as data:
        for start in range(0, size, size // 8):
            data[:] = bytes(size)
            data[start : start + size // 8] = bytes([200]) * (size // 8)
            assert libdeflate.holds_code(data, size)


def test_a_library_that_is_missing_is_zlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libdeflate, "LIBRARY", "libnixdock-has-none.so.0")
    libdeflate._library.cache_clear()
    try:
        assert compressed(gzip_writer, data_of(9_000_000)) == compressed(zlib_writer, data_of(9_000_000))
    finally:
        libdeflate._library.cache_clear()


def test_members_end_where_the_blocks_do() -> None:
    need_libdeflate()
    data = data_of(compress._MEMBER + 5)
    whole, tail = compressed(gzip_writer, data), compressed(gzip_writer, data[-5:])
    assert whole == compressed(gzip_writer, data[:-5]) + tail


@pytest.mark.parametrize("writer", [gzip_writer, zlib_writer])
def test_a_gzip_header_says_nothing_of_time_name_and_system(writer: Writer) -> None:
    assert compressed(writer, b"x")[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


def test_pieces_refer_to_the_one_before() -> None:
    block = random.Random(0).randbytes(1 << 14)
    alone = len(compressed(zlib_writer, block + bytes(compress._PIECE - len(block))))
    repeated = bytes(compress._PIECE - len(block)) + block + block
    assert len(compressed(zlib_writer, repeated)) < alone + 1000


def test_an_error_inside_leaves_the_stream_unfinished(writer: Writer) -> None:
    blocks: list[bytes] = []
    with pytest.raises(KeyError), writer(blocks.append) as stream:
        stream.write(data_of(100_000))
        raise KeyError
    with pytest.raises((EOFError, AssertionError, gzip.BadGzipFile)):
        (unzstd if writer is zstd_writer else gzip.decompress)(b"".join(blocks) or b"\0")


@pytest.mark.parametrize("size", [1000, 20_000_000])
def test_an_error_of_the_consumer_arrives(writer: Writer, size: int) -> None:
    def full(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"), writer(full) as stream:
        for _ in range(3):
            stream.write(data_of(size))


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has its own zstd")
@pytest.mark.parametrize("threads", [1, 3])
def test_the_library_makes_what_the_program_makes(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if not libzstd.is_there():
        lacking(f"there is no {libzstd.LIBRARY} here")
    sizes = (0, 1, 5000, compress._ZSTD_JOB, compress._ZSTD_JOB + 1, 20_000_000)
    by_library = [compressed(zstd_writer, data_of(size), threads=threads) for size in sizes]
    monkeypatch.setattr(libzstd, "is_there", lambda: False)
    assert [compressed(zstd_writer, data_of(size), threads=1) for size in sizes] == by_library


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has its own zstd")
def test_a_zstd_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    start = process.start
    monkeypatch.setattr(process, "start", lambda _, **arguments: start(["sh", "-c", "exit 3"], **arguments))
    monkeypatch.setattr(libzstd, "is_there", lambda: False)
    with pytest.raises(ProgramFailed, match="status 3"), zstd_writer(lambda _: None) as stream:
        for _ in range(3):
            stream.write(bytes(1_000_000))
