"""Plain, gzip and zstd streams, whole and damaged."""

from __future__ import annotations

import gzip
import io
import random
import subprocess
import sys
import threading

import pytest

from nixdock_hook import process
from nixdock_hook.errors import InvalidImage, ProgramFailed
from nixdock_hook.oci.decompress import detect, most_decompressed, open_decompressed
from tests.support.tools import need

# Half of it compresses well, half not at all: pieces of every size on both sides.
DATA = bytes(3_000_000) + random.Random(1).randbytes(3_000_000)


def zstd(data: bytes) -> bytes:
    return subprocess.run([need("zstd"), "-qc"], input=data, check=True, capture_output=True).stdout


COMPRESSORS = {"gz": gzip.compress, "zstd": zstd}
compressors = pytest.mark.parametrize("kind", COMPRESSORS)


def read(data: bytes) -> bytes:
    with open_decompressed(io.BytesIO(data), "here") as stream:
        return stream.read()


@compressors
def test_detection_by_content_that_leaves_the_position(kind: str) -> None:
    stream = io.BytesIO(b"front" + COMPRESSORS[kind](b"x"))
    stream.seek(5)
    assert (detect(stream), stream.tell()) == (kind, 5)


@pytest.mark.parametrize("data", [b"", b"\x1f", b"\x28\xb5\x2f", b"plain"])
def test_anything_else_is_read_as_it_is(data: bytes) -> None:
    assert (detect(io.BytesIO(data)), read(data)) == ("none", data)


@compressors
def test_all_bytes_come_out(kind: str) -> None:
    assert read(COMPRESSORS[kind](DATA)) == DATA


@compressors
def test_nothing_compressed(kind: str) -> None:
    assert read(COMPRESSORS[kind](b"")) == b""


@compressors
def test_several_members_are_one_stream(kind: str) -> None:
    compress = COMPRESSORS[kind]
    assert read(compress(DATA) + compress(b"") + compress(b"end")) == DATA + b"end"


def test_zero_bytes_behind_gzip_are_padding() -> None:
    member = gzip.compress(b"x")
    assert read(member + bytes(200_000)) == b"x"
    assert read(member + bytes(200_000) + member) == b"xx"


@compressors
@pytest.mark.parametrize("length", [9, 1000, -1, -5])
def test_a_truncated_stream(kind: str, length: int) -> None:
    name = {"gz": "gzip"}.get(kind, kind)
    with pytest.raises(InvalidImage, match=f"damaged {name} data .* in here: .*get it again"):
        read(COMPRESSORS[kind](DATA)[:length])


@compressors
def test_an_altered_stream(kind: str) -> None:
    data = bytearray(COMPRESSORS[kind](DATA))
    data[len(data) // 2] ^= 1
    with pytest.raises(InvalidImage, match="damaged"):
        read(bytes(data))


@compressors
def test_rubbish_behind_the_end(kind: str) -> None:
    with pytest.raises(InvalidImage, match="damaged"):
        read(COMPRESSORS[kind](b"x") + b"rubbish!")


@compressors
def test_closing_early_closes_the_source_and_leaves_no_thread(kind: str) -> None:
    source, before = io.BytesIO(COMPRESSORS[kind](DATA)), threading.active_count()
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


@compressors
def test_an_error_of_the_source_is_no_damaged_data(kind: str) -> None:
    source = Failing(COMPRESSORS[kind](DATA))
    with open_decompressed(source, "here") as stream, pytest.raises(OSError, match="Input/output error"):
        stream.read()


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python needs no program")
def test_no_zstd_program(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zstd(b"x")
    start = process.start
    monkeypatch.setattr(process, "start", lambda argv, **rest: start(["no-such-zstd"], **rest))
    with pytest.raises(ProgramFailed, match="there is no program 'no-such-zstd' in PATH"):
        read(data)


@compressors
@pytest.mark.parametrize("more", [0, 1])
def test_how_much_compressed_data_may_become(kind: str, more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nixdock_hook.oci.decompress.FREE_EXPANSION", 1_000_000)
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
