"""Archives and layers as they come: plain, gzip or zstd, told apart by their first bytes, never by a name."""

from __future__ import annotations

import io
import sys
import threading
import zlib
from typing import Any, BinaryIO, Literal, cast

from .. import process
from ..errors import InvalidImage
from .digest import CHUNK

Compression = Literal["none", "gz", "zstd"]

MOST_EXPANSION = 250
"""How many times its own size compressed data may become. Layers become three to ten times theirs, one that is full of
zeros a hundred times; gzip could reach 1,032, zstd 30,000: a few megabytes that fill a disk."""

FREE_EXPANSION = 256 << 20
"""Bytes that compressed data may become whatever its size: so few neither fill a disk nor take long."""

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_INPUT = 64 << 10
_REMEDY = "it is damaged or was not downloaded to its end, get it again"


def detect(stream: BinaryIO) -> Compression:
    """Tell how `stream`, which must be seekable, is compressed; its position stays where it was."""
    position = stream.tell()
    head = stream.read(len(_ZSTD_MAGIC))
    stream.seek(position)
    if head.startswith(_GZIP_MAGIC):
        return "gz"
    return "zstd" if head == _ZSTD_MAGIC else "none"


def open_decompressed(stream: BinaryIO, where: object) -> BinaryIO:
    """The uncompressed bytes of `stream` (seekable), which then belongs to the result: closing that closes it.

    The result is read forwards only. Damaged, truncated or trailing data raises InvalidImage, naming `where`, when
    the reader comes to it, and so does what becomes more than `most_decompressed` allows. Compressed data of several
    gzip members or zstd frames is read to the end of the last one.
    """
    match detect(stream):
        case "none":
            return stream
        case "gz":
            raw: io.RawIOBase = _GzipReader(stream, where)
        case "zstd":
            raw = _zstd_reader(stream, where)
    return cast(BinaryIO, io.BufferedReader(raw, CHUNK))


def most_decompressed(compressed: int) -> int:
    """The most bytes that so many compressed bytes may become."""
    return max(FREE_EXPANSION, MOST_EXPANSION * compressed)


def decompression_bomb(compressed: int, where: object) -> InvalidImage:
    """The error for compressed data that becomes more."""
    what = f"{compressed} compressed bytes become more than {most_decompressed(compressed)}"
    return InvalidImage(what, where, "it may be an attack; if you trust it, decompress it yourself")


def _bytes_left(stream: BinaryIO) -> int:
    position = stream.tell()
    end = stream.seek(0, io.SEEK_END)
    stream.seek(position)
    return end - position


def _damaged(kind: str, problem: object, where: object) -> InvalidImage:
    return InvalidImage(f"damaged {kind} data ({problem})", where, _REMEDY)


class _Reader(io.RawIOBase):
    """What the three decompressors share: they produce pieces, and own the stream they read."""

    def __init__(self, stream: BinaryIO, where: object) -> None:
        self._stream = stream
        self._where = where
        self._compressed = _bytes_left(stream)
        self._may_produce = most_decompressed(self._compressed)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self._produce(len(view))
        self._may_produce -= len(data)
        if self._may_produce < 0:
            raise decompression_bomb(self._compressed, self._where)
        view[: len(data)] = data
        return len(data)

    def _produce(self, limit: int) -> bytes:
        """At most `limit` bytes, none at the end."""
        raise NotImplementedError

    def close(self) -> None:
        self._stream.close()
        super().close()


class _GzipReader(_Reader):
    """RFC 1952; not the gzip module, which copies each piece several times and does not say where it failed."""

    def __init__(self, stream: BinaryIO, where: object) -> None:
        super().__init__(stream, where)
        self._member = self._new_member()
        self._input = b""

    @staticmethod
    def _new_member() -> zlib._Decompress:
        return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    def _produce(self, limit: int) -> bytes:
        while True:
            if self._member.eof and not self._next_member():
                return b""
            self._input = self._input or self._stream.read(_INPUT)
            if not self._input:
                raise _damaged("gzip", "it ends too early", self._where)
            try:
                data = self._member.decompress(self._input, limit)
            except zlib.error as error:
                raise _damaged("gzip", error, self._where) from error
            self._input = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if data:
                return data

    def _next_member(self) -> bool:
        """Begin the next member, if there is one; zero bytes behind the last are padding, as for gzip itself."""
        self._input = (self._input or self._stream.read(_INPUT)).lstrip(b"\0")
        while not self._input:
            piece = self._stream.read(_INPUT)
            if not piece:
                return False
            self._input = piece.lstrip(b"\0")
        self._member = self._new_member()
        return True


def _zstd_reader(stream: BinaryIO, where: object) -> io.RawIOBase:
    if sys.version_info >= (3, 14):
        return _ZstdLibraryReader(stream, where)
    program = process.start(["zstd", "-dcq"], stdin=process.PIPE, stdout=process.PIPE, stderr=process.PIPE)
    return _ZstdProgramReader(stream, where, program)


if sys.version_info >= (3, 14):
    from compression import zstd

    class _ZstdLibraryReader(_Reader):
        """Python's own zstd, from 3.14 on."""

        def __init__(self, stream: BinaryIO, where: object) -> None:
            super().__init__(stream, where)
            self._file = zstd.ZstdFile(stream)

        def _produce(self, limit: int) -> bytes:
            try:
                return self._file.read(limit)
            except (zstd.ZstdError, EOFError) as error:
                raise _damaged("zstd", error, self._where) from error


class _ZstdProgramReader(_Reader):
    """The `zstd` program, fed by a thread: what is read may be a part of a file, which has no descriptor to give."""

    def __init__(self, stream: BinaryIO, where: object, program: process.Process) -> None:
        super().__init__(stream, where)
        self._process = program
        self._failure: OSError | InvalidImage | None = None
        self._feeder = threading.Thread(target=self._feed, daemon=True)
        self._feeder.start()

    def _feed(self) -> None:
        assert self._process.stdin is not None
        try:
            with self._process.stdin as pipe:
                while data := self._stream.read(_INPUT):
                    pipe.write(data)
        except BrokenPipeError:
            pass  # zstd gave up, or nobody wants the rest: its exit status, or close, tells which.
        except (OSError, InvalidImage) as error:
            self._failure = error

    def _produce(self, limit: int) -> bytes:
        assert self._process.stdout is not None and self._process.stderr is not None
        data = self._process.stdout.read(limit)
        if data:
            return data
        self._feeder.join()
        if self._failure:
            raise self._failure
        if not self._process.stderr.closed:
            message = self._process.stderr.read().decode(errors="replace").strip()
            self._process.stderr.close()
            if self._process.wait():
                raise _damaged("zstd", message, self._where)
        return b""

    def close(self) -> None:
        if not self.closed:
            self._process.kill()
            for pipe in (self._process.stdout, self._process.stderr):
                if pipe is not None:
                    pipe.close()
            self._process.wait()
            self._feeder.join()
        super().close()
