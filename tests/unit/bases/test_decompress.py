"""Plain and compressed streams, whole and damaged."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import subprocess
import threading
from functools import cache

import pytest

from nixdock_hook import process
from nixdock_hook.bases.decompress import MOST_WINDOW, detect, most_decompressed, open_decompressed
from nixdock_hook.compression import libzstd
from nixdock_hook.errors import InvalidImage, ProgramFailed
from tests.support.tools import need

# Half of it compresses well, half not at all: pieces of every size on both sides.
DATA = bytes(3_000_000) + random.Random(1).randbytes(3_000_000)


def zstd(data: bytes) -> bytes:
    return subprocess.run([need("zstd"), "-qc"], input=data, check=True, capture_output=True).stdout


COMPRESSORS = {"gzip": gzip.compress, "zstd": zstd, "xz": lzma.compress, "bzip2": bz2.compress}


@pytest.fixture(params=[*COMPRESSORS, "zstd by the program"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    word, _, program = str(request.param).partition(" ")
    if program:
        monkeypatch.setattr(libzstd, "is_there", lambda: False)
    return word


@cache
def packed(kind: str) -> bytes:
    return COMPRESSORS[kind](DATA)


def read(data: bytes) -> bytes:
    with open_decompressed(io.BytesIO(data), "here") as stream:
        return stream.read()


def test_detection_by_content_that_leaves_the_position(kind: str) -> None:
    stream = io.BytesIO(b"front" + COMPRESSORS[kind](b"x"))
    stream.seek(5)
    assert (detect(stream), stream.tell()) == (kind, 5)


@pytest.mark.parametrize("data", [b"", b"\x1f", b"\x28\xb5\x2f", b"\xfd7zXZ", b"BZh9/etc", b"BZh01AY&SY", b"plain"])
def test_anything_else_is_read_as_it_is(data: bytes) -> None:
    assert (detect(io.BytesIO(data)), read(data)) == ("none", data)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (lzma.compress(b"x", lzma.FORMAT_ALONE), "LZMA alone"),
        (b"\x04\x22\x4d\x18rest", "LZ4"),
        (b"LZIP\1rest", "lzip"),
        (b"\x1f\x9d\x90rest", "compress"),
        (b"PK\3\4rest", "zip"),
        (b"7z\xbc\xaf\x27\x1crest", "7-Zip"),
    ],
)
def test_formats_that_nobody_reads_are_named(data: bytes, name: str) -> None:
    with pytest.raises(InvalidImage) as caught:
        read(data)
    remedy = "pack it as a tar, plain or with gzip, zstd, xz or bzip2"
    assert (caught.value.what, caught.value.where, caught.value.remedy) == (f"{name} data", "here", remedy)


def test_all_bytes_come_out(kind: str) -> None:
    assert read(packed(kind)) == DATA


def test_nothing_compressed(kind: str) -> None:
    assert read(COMPRESSORS[kind](b"")) == b""


def test_several_members_are_one_stream(kind: str) -> None:
    compress = COMPRESSORS[kind]
    assert read(packed(kind) + compress(b"") + compress(b"end")) == DATA + b"end"


def test_zero_bytes_behind_gzip_are_padding() -> None:
    member = gzip.compress(b"x")
    assert read(member + bytes(200_000)) == b"x"
    assert read(member + bytes(200_000) + member) == b"xx"


@pytest.mark.parametrize("zeros", [4, 8, 200_000])
def test_zero_bytes_between_xz_streams_are_padding(zeros: int) -> None:
    assert read(lzma.compress(b"x") + bytes(zeros)) == b"x"
    assert read(lzma.compress(b"x") + bytes(zeros) + lzma.compress(b"y")) == b"xy"


@pytest.mark.parametrize("zeros", [1, 5, 100_002])
def test_padding_of_xz_comes_in_fours(zeros: int) -> None:
    with pytest.raises(InvalidImage, match=f"^damaged xz data \\({zeros} zero bytes between its parts\\) in here: "):
        read(lzma.compress(b"x") + bytes(zeros))


def test_frames_that_zstd_skips() -> None:
    skipped = b"\x5f\x2a\x4d\x18\x05\0\0\0table"
    assert read(skipped + zstd(b"x") + skipped + zstd(b"y")) == b"xy"


def xz_with_dictionary(size: int) -> bytes:
    return lzma.compress(b"x", filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": size}])


def test_xz_may_use_some_memory() -> None:
    assert read(xz_with_dictionary(MOST_WINDOW)) == b"x"


def test_xz_that_wants_too_much_memory() -> None:
    with pytest.raises(InvalidImage) as caught:
        read(xz_with_dictionary(MOST_WINDOW + 1))
    assert caught.value.what == "xz data that needs more than 128 MiB of memory"
    assert caught.value.remedy.startswith("if you trust it, decompress it yourself")


@pytest.mark.parametrize(("window", "is_taken"), [(27, True), (28, False)])
def test_zstd_that_wants_too_much_memory(window: int, is_taken: bool) -> None:
    # From a pipe, so that zstd does not know how little there is.
    command = [need("zstd"), "-qc", f"--long={window}"]
    data = subprocess.run(command, input=b"x", check=True, capture_output=True).stdout
    if is_taken:
        assert read(data) == b"x"
        return
    with pytest.raises(InvalidImage) as caught:
        read(data)
    assert caught.value.what == "zstd data that needs more than 128 MiB of memory"


@pytest.mark.parametrize("length", [10, 1000, -1, -5])
def test_a_truncated_stream(kind: str, length: int) -> None:
    name = kind
    with pytest.raises(InvalidImage, match=f"damaged {name} data .* in here: .*get it again"):
        read(packed(kind)[:length])


def test_an_altered_stream(kind: str) -> None:
    data = bytearray(packed(kind))
    data[len(data) // 2] ^= 1
    with pytest.raises(InvalidImage, match="damaged"):
        read(bytes(data))


def test_rubbish_behind_the_end(kind: str) -> None:
    with pytest.raises(InvalidImage, match="damaged"):
        read(COMPRESSORS[kind](b"x") + b"rubbish!")


def test_closing_early_closes_the_source_and_leaves_no_thread(kind: str) -> None:
    source, before = io.BytesIO(packed(kind)), threading.active_count()
    stream = open_decompressed(source, "here")
    assert stream.read(10) == DATA[:10]
    stream.close()
    assert source.closed
    assert threading.active_count() == before


class Failing(io.BytesIO):
    """A source whose disk breaks, after a good beginning."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 100_000:
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_an_error_of_the_source_is_no_damaged_data(kind: str) -> None:
    source = Failing(packed(kind))
    with open_decompressed(source, "here") as stream, pytest.raises(OSError, match="Input/output error"):
        stream.read()


@pytest.mark.parametrize("data", [b"", b"x"])
def test_many_small_frames_need_no_program(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    frame, count = zstd(data), 300_000
    monkeypatch.setattr(process, "start", None)
    assert read(frame * count) == data * count


def test_neither_libzstd_nor_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zstd(b"x")
    monkeypatch.setattr(libzstd, "is_there", lambda: False)
    start = process.start
    monkeypatch.setattr(process, "start", lambda argv, **rest: start(["no-such-zstd"], **rest))
    with pytest.raises(ProgramFailed, match="there is no program 'no-such-zstd' in PATH"):
        read(data)


@pytest.mark.parametrize("more", [0, 1])
def test_how_much_compressed_data_may_become(kind: str, more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nixdock_hook.bases.decompress.FREE_EXPANSION", 1_000_000)
    data = COMPRESSORS[kind](bytes(1_000_000 + more))
    if not more:
        assert len(read(data)) == 1_000_000
        return
    with pytest.raises(InvalidImage) as caught:
        read(data)
    what = f"{len(data)} compressed bytes become more than 1000000 in here: it may be an attack; if you trust it, "
    assert str(caught.value) == what + "decompress it yourself"


def test_large_data_may_become_a_multiple_of_its_size() -> None:
    assert most_decompressed(0) == most_decompressed(1 << 20) == 256 << 20
    assert most_decompressed(8 << 20) == 2000 << 20


def test_a_bomb_is_not_held_in_memory_or_written_to_its_end() -> None:
    members = gzip.compress(bytes(8 << 20)) * 1000  # 8 GB out of 8 MB
    with open_decompressed(io.BytesIO(members), "here") as stream, pytest.raises(InvalidImage, match="become more"):
        while stream.read(1 << 20):
            pass
