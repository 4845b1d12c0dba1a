"""The only place where files and directories get their final names: whole, or not at all.

Each is made beside its place, under a name that nobody knows beforehand, and renamed when it is finished. What fails
on the way, a full disk for instance, names the place. Temporary directories are here too: whatever ends the process,
but SIGKILL, removes both.
"""

from __future__ import annotations

import errno
import io
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, cast

from .endings import at_the_end, unbroken

_BUFFER = 1 << 16
# A directory whose entries are the open files of a process; the first group is the process.
_DESCRIPTORS = re.compile(r"/proc/(\d+)(?:/task/\d+)?/fd")
_MOST_LINKS = 40  # as many as Linux follows
_TRIES = 3  # a thread that a signal interrupts may put one more file into the directory that is being removed


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """Give a file that appears under its name when the block has ended well.

    A symlink stays, and what it leads to is replaced; of a file that is there the mode stays, and where possible the
    owner. What is no regular file (a FIFO, a device, /dev/stdout, /dev/fd/N) is written to as it is.
    Raises OSError with the path for all that the system refuses.
    """
    with _named(path):
        place = _followed(path)
        there = _status(place)
    directory, name = os.path.split(place)
    descriptors = _DESCRIPTORS.fullmatch(directory)
    if descriptors and int(descriptors[1]) == os.getpid():
        with named_output(int(name), path) as file:
            yield file
    elif descriptors or not name or (there and not stat.S_ISREG(there.st_mode)):
        with _open_special(place, path) as file:
            yield file
    else:
        with whole_name(place, path) as temporary, _new_file(temporary, there, path) as file:
            yield file


@contextmanager
def whole_directory(path: str) -> Iterator[str]:
    """Give a directory that gets its name when the block has ended well. Raises FileExistsError where one is."""
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
    with whole_name(path) as temporary, _named(path, temporary):
        os.mkdir(temporary)
        yield temporary


@contextmanager
def whole_name(path: str, shown: str = "") -> Iterator[str]:
    """Give a name beside `path` for something to be made; it is renamed to `path` when the block has ended well.

    shown: what errors call it, where that is not `path`.
    """
    path = path.rstrip("/") or path
    temporary = os.path.join(os.path.dirname(path), f".nixdock.{secrets.token_hex(8)}.new")
    with at_the_end(lambda: remove(temporary)):
        yield temporary
        with _named(shown or path, temporary):
            os.replace(temporary, path)


@contextmanager
def temporary_directory(parent: str | None = None) -> Iterator[str]:
    """Give an empty directory, into which nobody else may look; it goes with all that is in it.

    parent: where it is, None for $TMPDIR. Raises OSError where it cannot be made.
    """
    path = os.path.join(parent or tempfile.gettempdir(), f"nixdock.{secrets.token_hex(8)}")
    with at_the_end(lambda: remove(path)):
        with _named(parent or tempfile.gettempdir(), path):
            os.mkdir(path, 0o700)
        yield path


def unnamed_file() -> BinaryIO:
    """Give a temporary file in $TMPDIR without a name, so that nothing stays of it."""
    with unbroken():  # where the file system knows no such files it has a name for a moment
        return cast(BinaryIO, tempfile.TemporaryFile())


def named_file(path: str) -> BinaryIO:
    """Write a file in place: in a directory of our own, or a step's output. Errors name it, those of a write too."""
    with _named(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    return _buffered(_NamedFile(descriptor, path))


def named_output(descriptor: int, name: str) -> BinaryIO:
    """Write to an open file, which stays open; errors name it, as those of the system's write do not."""
    with _named(name):
        return _buffered(_NamedFile(descriptor, name, closefd=False))


def remove(path: str) -> None:
    """Remove a file, or a directory with all that is in it, if there is one."""
    for _ in range(_TRIES):
        try:
            os.unlink(path)
        except IsADirectoryError:
            shutil.rmtree(path, ignore_errors=True)
        except OSError:  # a file system that is read-only says so even where there is nothing
            if os.path.lexists(path):
                raise
            return


class _NamedFile(io.FileIO):
    """A file open for writing whose errors name it."""

    def __init__(self, descriptor: int, shown: str, closefd: bool = True) -> None:
        super().__init__(descriptor, "wb", closefd)
        self._shown = shown

    def write(self, data: Any, /) -> int:
        with _named(self._shown):
            return super().write(data)

    def close(self) -> None:
        with _named(self._shown):
            super().close()


def _buffered(raw: _NamedFile) -> BinaryIO:
    return cast(BinaryIO, io.BufferedWriter(raw, _BUFFER))


def _open_special(place: str, shown: str) -> BinaryIO:
    with _named(shown, place):
        return _buffered(_NamedFile(os.open(place, os.O_WRONLY | os.O_CLOEXEC), shown))


def _new_file(temporary: str, there: os.stat_result | None, shown: str) -> BinaryIO:
    """Make a file under a name that nobody has; its mode and owner are those of what is there, if something is."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with _named(shown, temporary):
        descriptor = os.open(temporary, flags, 0o600 if there else 0o666)
    file = _buffered(_NamedFile(descriptor, shown))
    if there:
        with suppress(PermissionError):
            os.fchown(descriptor, there.st_uid, there.st_gid)
        with suppress(PermissionError):
            os.fchmod(descriptor, there.st_mode & 0o777)
    return file


def _followed(path: str) -> str:
    """Where a path leads, all links followed but those of /proc to open files, which may have no name."""
    for _ in range(_MOST_LINKS):
        directory, name = os.path.split(path)
        directory = os.path.realpath(directory or ".")
        place = os.path.join(directory, name)
        if _DESCRIPTORS.fullmatch(directory) or not os.path.islink(place):
            return place
        path = os.path.join(directory, os.readlink(place))
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)


def _status(place: str) -> os.stat_result | None:
    try:
        return os.stat(place)
    except FileNotFoundError:
        return None


@contextmanager
def _named(shown: str, inside: str = "") -> Iterator[None]:
    """Have errors that name no file, or one that is `inside` or below it, name what their reader knows."""
    try:
        yield
    except OSError as error:
        name = error.filename
        if error.errno is None or not (name is None or (inside and str(name).startswith(inside))):
            raise
        raise OSError(error.errno, error.strerror, shown) from error
