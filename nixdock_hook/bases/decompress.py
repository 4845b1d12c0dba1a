"""Archives and layers as they come, told apart by their first bytes, never by a name: plain, or compressed.

OCI knows gzip and zstd (layer.md). docker and podman also unpack xz and bzip2, for which there is no media type.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, cast

from .. import process
from ..errors import InvalidImage
from ..oci.digest import CHUNK

if TYPE_CHECKING:
    from ..compression.libzstd import Frames

Compression = Literal["none", "gzip", "zstd", "xz", "bzip2"]

MOST_EXPANSION = 250
"""How many times its own size compressed data may become. Layers become three to ten times theirs, one that is full of
zeros a hundred times; gzip could reach 1,032, xz 7,000, zstd 30,000: a few megabytes that fill a disk."""

FREE_EXPANSION = 256 << 20
"""Bytes that compressed data may become whatever its size: so few neither fill a disk nor take long."""

MOST_WINDOW = 128 << 20
"""Bytes that a stream may refer back to, which take as much memory: `zstd -d` has the same limit, `xz -9` needs half as
many, and an xz stream could ask for 4 GiB."""

# zstd: a frame, or one to skip (RFC 8878, 3.1). bzip2: behind the level a block, or the end of an empty stream.
_MAGICS: tuple[tuple[Compression, re.Pattern[bytes]], ...] = (
    ("gzip", re.compile(rb"\x1f\x8b")),
    ("zstd", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")),
    ("xz", re.compile(rb"\xfd7zXZ\x00")),
    ("bzip2", re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)")),
)
# What no runtime unpacks either: not to be taken for a damaged tar.
_OTHERS = {
    b"LZIP": "lzip",
    b"\x04\x22\x4d\x18": "LZ4",
    b"\x1f\x9d": "compress",
    b"\x5d\0\0": "LZMA alone",
    b"PK\3\4": "zip",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
}
_LONGEST_MAGIC = 10
_INPUT = 64 << 10
_XZ_STATE = 1 << 20  # bytes beside the window, generously
_REMEDY = "it is damaged or was not downloaded to its end, get it again"


def detect(stream: BinaryIO) -> Compression:
    """Tell how `stream`, which must be seekable, is compressed; its position stays where it was."""
    position = stream.tell()
    head = stream.read(_LONGEST_MAGIC)
    stream.seek(position)
    return next((compression for compression, magic in _MAGICS if magic.match(head)), "none")


def open_decompressed(stream: BinaryIO, where: object) -> BinaryIO:
    """The uncompressed bytes of `stream` (seekable), which then belongs to the result: closing that closes it.

    The result is read forwards only. Damaged, truncated or trailing data raises InvalidImage, naming `where`, when
    the reader comes to it, and so does what becomes more than `most_decompressed` allows, or refers back
    further than MOST_WINDOW. Compressed data of several members (streams, frames) is read to the end of the last one.
    """
    compression = detect(stream)
    if compression == "none":
        check_plain(stream, where)
        return stream
    is_zstd = compression == "zstd"
    raw = _zstd_reader(stream, where) if is_zstd else _MemberReader(stream, where, _FORMATS[compression])
    return cast(BinaryIO, io.BufferedReader(raw, CHUNK))


def check_plain(stream: BinaryIO, where: object) -> None:
    """Raise InvalidImage where the bytes of `stream` are of a format that nothing here can read."""
    position = stream.tell()
    head = stream.read(_LONGEST_MAGIC)
    stream.seek(position)
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise InvalidImage(f"{name} data", where, "pack it as a tar, plain or with gzip, zstd, xz or bzip2")


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
    if re.search("memory", str(problem), re.IGNORECASE):
        what = f"{kind} data that needs more than {MOST_WINDOW >> 20} MiB of memory"
        return InvalidImage(what, where, "if you trust it, decompress it yourself, or compress it with a lower level")
    return InvalidImage(f"damaged {kind} data ({problem})", where, _REMEDY)


class _Reader(io.RawIOBase):
    """What all decompressors share: they produce pieces, and own the stream they read."""

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


class _Member(Protocol):
    """What decompresses one member, as bz2 and lzma have it: input that it cannot use yet is kept."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _GzipMember:
    """zlib's object as a `_Member`; not the gzip module, which copies each piece several times."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail or data, max_length)


@dataclass(frozen=True, slots=True)
class _Format:
    """name: for errors. error: what its members raise. padding: zero bytes between members are multiples of this."""

    name: str
    member: Callable[[], _Member]
    error: type[Exception]
    padding: int = 1


def _xz_member() -> _Member:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MOST_WINDOW + _XZ_STATE)


_FORMATS: dict[Compression, _Format] = {
    "gzip": _Format("gzip", _GzipMember, zlib.error),
    "xz": _Format("xz", _xz_member, lzma.LZMAError, padding=4),
    "bzip2": _Format("bzip2", bz2.BZ2Decompressor, OSError),
}


class _MemberReader(_Reader):
    """Formats whose data are members one after the other: RFC 1952, bzip2, the .xz file format 1.2 (2.2, padding)."""

    def __init__(self, stream: BinaryIO, where: object, format_: _Format) -> None:
        super().__init__(stream, where)
        self._format = format_
        self._member = format_.member()

    def _produce(self, limit: int) -> bytes:
        while True:
            if self._member.eof:
                if not (data := self._behind_the_padding()):
                    return b""
                self._member = self._format.member()
            elif not self._member.needs_input:
                data = b""
            elif not (data := self._stream.read(_INPUT)):
                raise _damaged(self._format.name, "it ends too early", self._where)
            try:
                plain = self._member.decompress(data, limit)
            except self._format.error as error:
                raise _damaged(self._format.name, error, self._where) from error
            if plain:
                return plain

    def _behind_the_padding(self) -> bytes:
        """The beginning of the next member, nothing where there is none."""
        zeros, piece = 0, self._member.unused_data or self._stream.read(_INPUT)
        while piece and not (rest := piece.lstrip(b"\0")):
            zeros += len(piece)
            piece = self._stream.read(_INPUT)
        if piece:
            zeros += len(piece) - len(rest)
        if zeros % self._format.padding:
            raise _damaged(self._format.name, f"{zeros} zero bytes between its parts", self._where)
        return rest if piece else b""


def _zstd_reader(stream: BinaryIO, where: object) -> _Reader:
    from ..compression import libzstd  # slow to import

    if libzstd.is_there():
        return _ZstdLibraryReader(stream, where, libzstd.Frames())
    program = process.start(["zstd", "-dcq"], stdin=process.PIPE, stdout=process.PIPE, stderr=process.PIPE)
    return _ZstdProgramReader(stream, where, program)


class _ZstdLibraryReader(_Reader):
    """libzstd. The program takes several times as long for each of hundreds of thousands of small frames."""

    def __init__(self, stream: BinaryIO, where: object, frames: Frames) -> None:
        super().__init__(stream, where)
        self._frames = frames

    def _produce(self, limit: int) -> bytes:
        while not (plain := self._take(limit)):
            if not (data := self._stream.read(_INPUT)):
                break
            self._frames.give(data)
        if not plain and not self._frames.is_whole:
            raise _damaged("zstd", "it ends too early", self._where)
        return plain

    def _take(self, limit: int) -> bytes:
        try:
            return self._frames.take(limit)
        except ValueError as error:
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
            message = " ".join(self._process.stderr.read().decode(errors="replace").split())
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
