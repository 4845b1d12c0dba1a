"""Compressed streams whose bytes follow from their input alone: not from the clock, nor from the number of processors.

(They do follow from the version of libdeflate, zlib or zstd, so a blob's digest may differ between machines; a diff ID
does not.)
"""

from __future__ import annotations

import os
import struct
import sys
import threading
import zlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from mmap import mmap
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING

from .. import process
from ..errors import ProgramFailed
from . import libdeflate, libzstd
from .memory import private_memory

if TYPE_CHECKING:
    from concurrent.futures import Future

Write = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class GzipLevel:
    """Levels of libdeflate, and of zlib, which stands in for it where the library is missing or not wanted.

    code: of libdeflate's members that hold mostly programs (`libdeflate.holds_code`), where these have another.
    """

    libdeflate: int
    zlib: int
    code: int | None = None


SMALL = GzipLevel(5, zlib=6)
"""For files that stay: with either no larger than what `gzip -6`, and so dockerTools, makes of store paths."""
FAST = GzipLevel(1, zlib=4, code=3)
"""While somebody waits: the fastest that is no larger than skopeo's default. Of 460 MB of /usr in one thread,
libdeflate 1 makes 166.7 MB in 2.9 s, 2: 161.7 in 4.4, 3: 160.0 in 4.8, this mixture 163.3 in 3.7; skopeo 163.8. The
better search saves most bytes a second in programs, which are 0.5 to 4 % smaller than skopeo's. Text is 6 % larger
(at level 3 equal), but becomes a quarter. zlib 4 makes as many bytes as libdeflate 2 in 2.3 times its time."""

# What `zstd` and so dockerTools take.
ZSTD_LEVEL = 3

# Bytes compressed by one thread of zstd at a time: its own choice leaves a layer of 10 MB to one thread; this makes
# layers of that size 1.4 times as fast with two, and 0.4 % larger.
_ZSTD_JOB = 1 << 22
# Bytes of a member: 1 MiB makes 0.1 % more bytes, 8 MiB twice the memory.
_MEMBER = 1 << 22
_PIECE = 1 << 18  # bytes compressed by one thread of zlib at a time; 128 KiB to 1 MiB make no difference
_WINDOW = 1 << 15  # as far back as deflate can refer
# RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown operating system.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\0\0\0\0\x00\xff"
_LAST_BLOCK = b"\x03\x00"  # an empty one, to end the deflate stream


def gzip_writer(write: Write, level: GzipLevel = SMALL, threads: int | None = None) -> Compressor:
    """Compress into `write`, by libdeflate in members of 4 MiB, or as `zlib_writer` where that is missing.

    threads: None = as many as this process may use processors.
    """
    if not libdeflate.is_there():
        return zlib_writer(write, level, threads)
    return _LibdeflateWriter(write, level, threads or _processors())


def zlib_writer(write: Write, level: GzipLevel = SMALL, threads: int | None = None) -> Compressor:
    """Compress into `write` by Python's zlib, as one gzip member; threads as in `gzip_writer`."""
    return _ZlibWriter(write, level.zlib, threads or _processors())


def zstd_writer(write: Write, level: int = ZSTD_LEVEL, threads: int | None = None) -> Compressor:
    """Compress into `write`, as one zstd frame with a checksum: by Python's own zstd, libzstd or the program `zstd`.

    All make the same bytes. The program gives its output to `write` in another thread, but never after `close` has
    returned.
    """
    if sys.version_info >= (3, 14):
        return _ZstdWriter(write, level, threads or _processors())
    if libzstd.is_there():
        return _LibzstdWriter(write, level, threads or _processors())
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


class _InPieces(Compressor):
    """A pool compresses pieces of fixed size, and they are written in order.

    A piece is memory of its own: a process that is done with a layer has given it back to the system.
    """

    def __init__(self, write: Write, piece: int, threads: int) -> None:
        from concurrent.futures import ThreadPoolExecutor  # slow to import

        self._write = write
        self._pool = ThreadPoolExecutor(threads)
        self._most = threads  # pieces in work: enough that no thread waits, few enough to keep memory flat
        self._in_work: deque[tuple[Future[bytes], mmap]] = deque()
        self._size = piece
        self._piece, self._used = private_memory(piece), 0
        self._is_begun = False

    def write(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        while len(view):
            part = view[: self._size - self._used]
            self._piece[self._used : self._used + len(part)] = part
            self._used += len(part)
            view = view[len(part) :]
            if self._used == self._size:
                self._next()

    def close(self) -> None:
        try:
            self._end()
        finally:
            self.abort()

    def abort(self) -> None:
        # Not waiting: Ctrl-C may have hit a lock of the pool's that a thread of it waits for.
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _compress(self, piece: mmap, used: int) -> Callable[[], bytes]:
        """Return what a thread of the pool is to do with a piece."""
        raise NotImplementedError

    def _end(self) -> None:
        """Write what is left; no bytes at all are one piece, too."""
        if self._used or not self._is_begun:
            self._next()
        while self._in_work:
            self._write_one()

    def _next(self) -> None:
        """Hand over the piece, and take one that is compressed already for the bytes that follow."""
        self._is_begun = True
        self._in_work.append((self._pool.submit(self._compress(self._piece, self._used)), self._piece))
        self._piece, self._used = (
            self._write_one() if len(self._in_work) > self._most else private_memory(self._size),
            0,
        )

    def _write_one(self) -> mmap:
        compressed, piece = self._in_work.popleft()
        self._write(compressed.result())
        return piece


class _LibdeflateWriter(_InPieces):
    """Each piece becomes a gzip member."""

    def __init__(self, write: Write, level: GzipLevel, threads: int) -> None:
        super().__init__(write, _MEMBER, threads)
        self._level = level
        self._deflaters: SimpleQueue[libdeflate.Deflater] = SimpleQueue()

    def _compress(self, piece: mmap, used: int) -> Callable[[], bytes]:
        return partial(self._member, piece, used)

    def _member(self, piece: mmap, used: int) -> bytes:
        try:
            deflater = self._deflaters.get_nowait()
        except Empty:
            deflater = libdeflate.Deflater(_MEMBER)
        level = self._level.libdeflate
        if self._level.code is not None and libdeflate.holds_code(piece, used):
            level = self._level.code
        member = deflater.member(piece, used, level)
        self._deflaters.put(deflater)
        return member


class _ZlibWriter(_InPieces):
    """One member; each piece is deflated with the end of the one before as its dictionary (like pigz)."""

    def __init__(self, write: Write, level: int, threads: int) -> None:
        super().__init__(write, _PIECE, threads)
        self._level = level
        self._before = b""
        self._crc, self._count = 0, 0
        write(_GZIP_HEADER)

    def write(self, data: bytes | memoryview) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self._count += len(data)
        super().write(data)

    def _compress(self, piece: mmap, used: int) -> Callable[[], bytes]:
        before, self._before = self._before, bytes(piece[max(0, used - _WINDOW) : used])
        return partial(_deflate, piece, used, before, self._level)

    def _end(self) -> None:
        super()._end()
        self._write(_LAST_BLOCK + struct.pack("<LL", self._crc, self._count & 0xFFFFFFFF))


def _deflate(piece: mmap, used: int, before: bytes, level: int) -> bytes:
    """Raw deflate blocks that end on a byte, so that they can be strung together."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=before)
    with memoryview(piece) as view, view[:used] as data:
        return compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)


class _LibzstdWriter(Compressor):
    """libzstd; with worker threads, however many, its bytes are those of the program."""

    def __init__(self, write: Write, level: int, threads: int) -> None:
        parameters = {
            libzstd.LEVEL: level,
            libzstd.CHECKSUM: 1,
            libzstd.WORKERS: threads,
            libzstd.JOB_SIZE: _ZSTD_JOB,
        }
        self._stream = libzstd.Stream(write, parameters)

    def write(self, data: bytes | memoryview) -> None:
        self._stream.add(data)

    def close(self) -> None:
        self._stream.end()

    def abort(self) -> None:
        del self._stream


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
