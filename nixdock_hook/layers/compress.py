"""Compressed streams whose bytes follow from their input alone: not from the clock, nor from the number of processors.

(They do follow from the version of zlib or zstd, so a blob's digest may differ between machines; a diff ID does not.)
"""

from __future__ import annotations

import os
import struct
import sys
import threading
import zlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType

from .. import process
from ..errors import ProgramFailed

Write = Callable[[bytes], object]

# What `gzip`, pigz and so dockerTools take: on store paths, 9 is half as fast and saves 0.4 %.
GZIP_LEVEL = 6
# What `zstd` and so dockerTools take.
ZSTD_LEVEL = 3

# Bytes compressed by one thread of zstd at a time: its own choice leaves a layer of 10 MB to one thread; this makes
# layers of that size 1.4 times as fast with two, and 0.4 % larger.
_ZSTD_JOB = 1 << 22
_PIECE = 1 << 18  # bytes compressed by one thread at a time; from 128 KiB to 1 MiB neither speed nor size changes
_WINDOW = 1 << 15  # as far back as deflate can refer
# RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown operating system.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\0\0\0\0\x00\xff"
_LAST_BLOCK = b"\x03\x00"  # an empty one, to end the deflate stream


def gzip_writer(write: Write, level: int = GZIP_LEVEL, threads: int | None = None) -> Compressor:
    """Compress into `write`, as one gzip member; threads: None = as many as this process may use processors."""
    return _GzipWriter(write, level, threads or _processors())


def zstd_writer(write: Write, level: int = ZSTD_LEVEL, threads: int | None = None) -> Compressor:
    """Compress into `write`, as one zstd frame with a checksum, by Python's own zstd or by the program `zstd`.

    The program gives its output to `write` in another thread, but never after `close` has returned.
    """
    if sys.version_info >= (3, 14):
        return _ZstdWriter(write, level, threads or _processors())
    return _ZstdProgram(write, level, threads or _processors())


def _processors() -> int:
    return len(os.sched_getaffinity(0))


class Compressor:
    """A stream to write to: `close` ends it well, `abort` leaves it unfinished; a `with` block does either."""

    def write(self, data: bytes | memoryview) -> None:
        """Take data; it is copied or used up when this returns."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Compressor:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self.close()
        else:
            self.abort()


class _GzipWriter(Compressor):
    """A pool deflates pieces of fixed size, each with the end of the one before as its dictionary (like pigz)."""

    def __init__(self, write: Write, level: int, threads: int) -> None:
        self._write, self._level = write, level
        self._pool = ThreadPoolExecutor(threads)
        self._most = 2 * threads  # pieces in work: enough that no thread waits, few enough to keep memory flat
        self._deflated: deque[Future[bytes]] = deque()
        self._piece = bytearray()
        self._before = b""
        self._crc, self._size = 0, 0
        write(_GZIP_HEADER)

    def write(self, data: bytes | memoryview) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        view = memoryview(data)
        while len(self._piece) + len(view) >= _PIECE:
            missing = _PIECE - len(self._piece)
            self._piece += view[:missing]
            view = view[missing:]
            self._deflate()
        self._piece += view

    def close(self) -> None:
        try:
            self._deflate()
            while self._deflated:
                self._write(self._deflated.popleft().result())
            self._write(_LAST_BLOCK + struct.pack("<LL", self._crc, self._size & 0xFFFFFFFF))
        finally:
            self.abort()

    def abort(self) -> None:
        # Not waiting: Ctrl-C may have hit a lock of the pool's that a thread of it waits for.
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _deflate(self) -> None:
        piece = bytes(self._piece)
        self._piece.clear()
        self._deflated.append(self._pool.submit(_deflate, piece, self._before, self._level))
        self._before = piece[-_WINDOW:]
        if len(self._deflated) > self._most:
            self._write(self._deflated.popleft().result())


def _deflate(piece: bytes, before: bytes, level: int) -> bytes:
    """Raw deflate blocks that end on a byte, so that they can be strung together."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=before)
    return compressor.compress(piece) + compressor.flush(zlib.Z_SYNC_FLUSH)


class _ZstdProgram(Compressor):
    """`zstd` in a pipe; a thread reads its output. All -T give the same bytes (--single-thread gives others)."""

    def __init__(self, write: Write, level: int, threads: int) -> None:
        self._write = write
        self._failure: BaseException | None = None
        argv = ["zstd", "-q", "-c", f"-{level}", f"-T{threads}", f"-B{_ZSTD_JOB}"]
        self._program = process.start(argv, stdin=process.PIPE, stdout=process.PIPE)
        self._reader = threading.Thread(target=self._pass_on, daemon=True)
        self._reader.start()

    def write(self, data: bytes | memoryview) -> None:
        assert self._program.stdin
        try:
            self._program.stdin.write(data)
        except BrokenPipeError:
            self._fail()

    def close(self) -> None:
        if self._finish() or self._failure:
            self._fail()

    def abort(self) -> None:
        self._program.kill()
        self._finish()

    def _finish(self) -> int:
        """Have the program end, and the thread; returns the program's status."""
        assert self._program.stdin
        with suppress(BrokenPipeError):  # its status tells
            self._program.stdin.close()
        self._reader.join()
        return self._program.wait()

    def _fail(self) -> None:
        """Raise what ended the stream: an error of `write`, or else of the program."""
        self._reader.join()
        if self._failure:
            raise self._failure
        raise ProgramFailed(f"zstd failed with status {self._program.wait()}", "", "its messages are above")

    def _pass_on(self) -> None:
        assert self._program.stdout
        with self._program.stdout as output:
            try:
                while data := os.read(output.fileno(), _PIECE):
                    self._write(data)
            except BaseException as error:
                self._failure = error


if sys.version_info >= (3, 14):
    from compression import zstd

    class _ZstdWriter(Compressor):
        """Python's own zstd (3.14). With worker threads, however many, its bytes are those of the program."""

        def __init__(self, write: Write, level: int, threads: int) -> None:
            parameter = zstd.CompressionParameter
            options: dict[int, int] = {
                parameter.compression_level: level,
                parameter.nb_workers: threads,
                parameter.job_size: _ZSTD_JOB,
                parameter.checksum_flag: 1,
            }
            self._write = write
            self._compressor = zstd.ZstdCompressor(options=options)

        def write(self, data: bytes | memoryview) -> None:
            self._write(self._compressor.compress(data))

        def close(self) -> None:
            self._write(self._compressor.flush())

        def abort(self) -> None:
            del self._compressor
