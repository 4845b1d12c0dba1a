"""What a base image is kept in: the members of a tar, which is not unpacked to disk, or a directory."""

from __future__ import annotations

import io
import os
import posixpath
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from shutil import copyfileobj
from typing import Any, BinaryIO, Protocol, cast

from ..errors import InvalidImage, InvalidInput, NixdockError
from ..inputs import open_file
from ..oci.digest import CHUNK
from ..outputs import unnamed_file
from .decompress import check_plain, detect, open_decompressed
from .member_names import member_path
from .tar_fields import BLOCK, is_header
from .tar_members import Member, read_members


class NamedFiles(Protocol):
    """Files by name, or blobs by digest. Several threads may read them at once."""

    def where(self, name: str, /) -> str:
        """Return the words that name a file in an error."""

    def open(self, name: str, /) -> BinaryIO:
        """Return the bytes of a file as they are kept (seekable). Raises InvalidImage where there is none."""


class Files(NamedFiles, Protocol):
    """The files of an image in one place.

    path: what all of them are in. names: those at the top at least, for errors.
    """

    @property
    def path(self) -> str: ...
    @property
    def names(self) -> Collection[str]: ...
    def __contains__(self, name: str, /) -> bool: ...
    def check(self, name: str, /) -> None:
        """Raise InvalidImage where there is no such file."""


class TarFiles:
    """The members of an uncompressed tar. Links lead to what they name in the tar."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        self.path = path
        self._file = file
        self._members = _index(file, path)

    @property
    def names(self) -> Collection[str]:
        return self._members.keys()

    def __contains__(self, name: str, /) -> bool:
        return name in self._members

    def where(self, name: str, /) -> str:
        return f"member {name!r} of {self.path}"

    def open(self, name: str, /) -> BinaryIO:
        info = self._resolve(name)
        part = _FilePart(self._file.fileno(), info.offset, info.size, self.where(name))
        return cast(BinaryIO, io.BufferedReader(part, CHUNK))

    def check(self, name: str, /) -> None:
        self._resolve(name)

    def _resolve(self, member: str) -> Member:
        path, seen = _place(member, self.path), set[str]()
        while True:
            info = self._members.get(path)
            if info is None:
                raise InvalidImage(f"there is no member {path!r}", self.path, "the archive is incomplete, get it again")
            if path in seen:
                raise InvalidImage(f"the link {member!r} leads back to itself", self.path, "get the image again")
            seen.add(path)
            target = _text(info.target)
            if info.kind == "symlink":
                # As runtimes do, an absolute target starts at the archive's root.
                path = _place(posixpath.join(posixpath.dirname(path), target), self.where(member))
            elif info.kind == "hardlink":
                path = _place(target, self.where(member))
            else:
                return _checked_file(info, self.where(member))


class DirectoryFiles:
    """The files at and below a directory."""

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def names(self) -> Collection[str]:
        return os.listdir(self.path)

    def __contains__(self, name: str, /) -> bool:
        place = self.place(name)  # where a pipe is no file, and is not said to be missing
        return os.path.exists(place) and not os.path.isdir(place)

    def place(self, name: str) -> str:
        """Return the path of a file."""
        return os.path.join(self.path, _place(name, self.path))

    def where(self, name: str, /) -> str:
        return os.path.join(self.path, name)

    def open(self, name: str, /) -> BinaryIO:
        self.check(name)
        return open_file(self.place(name))

    def check(self, name: str, /) -> None:
        if name not in self:
            raise InvalidImage("a file of the image is missing", self.where(name), "get the image again, completely")


@contextmanager
def open_files(path: str) -> Iterator[TarFiles | DirectoryFiles]:
    """Open a directory, or a tar, plain or compressed (see `decompress`), whatever its name.

    A compressed one is decompressed once, into a temporary file that has no name (in $TMPDIR).
    Raises InvalidInput where there is nothing, InvalidImage where a file is no tar, or damaged.
    """
    if os.path.isdir(path):
        yield DirectoryFiles(path)
        return
    with open_tar(path) as files:
        yield files


@contextmanager
def open_tar(path: str) -> Iterator[TarFiles]:
    """Open a tar as `open_files` does."""
    with _open_file(path) as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise InvalidImage("an empty file is no image", path, "get it again")
        if detect(file) == "none":
            check_plain(file, path)
            _check_tar(file, path)
            yield TarFiles(file, path)
        else:
            with unnamed_file() as plain:
                _unpack(file, plain, path)
                _check_tar(plain, path)
                yield TarFiles(plain, path)


def _open_file(path: str) -> BinaryIO:
    try:
        return open_file(path)
    except OSError as error:
        raise InvalidInput("cannot open the image", path, error.strerror or "") from error


def _check_tar(file: BinaryIO, path: str) -> None:
    if not is_header(file.read(BLOCK)):
        raise InvalidImage("this is not a tar", path, "give a docker-archive, an OCI layout or another image")
    file.seek(0)


def _unpack(file: BinaryIO, plain: BinaryIO, path: str) -> None:
    with open_decompressed(file, path) as source:
        try:
            copyfileobj(source, plain, CHUNK)
            plain.seek(0)
        except OSError as error:
            problem = f"cannot decompress {path} ({error.strerror})"
            raise NixdockError(problem, tempfile.gettempdir(), "free some space, or set TMPDIR") from error


def _index(file: BinaryIO, path: str) -> dict[str, Member]:
    """The members by normalised name; of several with one name the last counts, as it does when tar unpacks them."""
    return {_place(_text(info.name), path): info for info in read_members(file, path)}


def _place(name: str, where: str) -> str:
    """The place of a member, or of what a link names, in its archive; that itself is `.`."""
    return _text(member_path(name.encode("utf-8", "surrogateescape"), where, "archive")) or "."


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _checked_file(info: Member, where: str) -> Member:
    if info.kind != "file":
        raise InvalidImage("this is not a file", where, "get the image again")
    return info


class _FilePart(io.RawIOBase):
    """A part of a file, with a position of its own."""

    def __init__(self, descriptor: int, start: int, size: int, where: str) -> None:
        self._descriptor, self._start, self._size, self._where = descriptor, start, size, where
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")[: max(0, self._size - self._position)]
        count = os.preadv(self._descriptor, [view], self._start + self._position)
        if view and not count:
            raise InvalidImage("the archive got shorter while it was read", self._where, "leave it alone, try again")
        self._position += count
        return count
