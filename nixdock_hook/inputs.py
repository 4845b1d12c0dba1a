"""The only place where files that users name are opened: nothing that keeps a command waiting for ever."""

from __future__ import annotations

import io
import os
import select
import stat
from collections.abc import Callable
from typing import Any

from .errors import InvalidInput

_OPENING = 5.0
"""Seconds for a program in the background to open a pipe for writing, and to write to it."""
_SILENCE = 60.0
"""Seconds to wait for what it writes: somebody may have to unlock a password store first."""

# What there is beside files: a test of the mode, its name, what helps.
_READ_AGAIN = "write it to a file, which can be read again"
_OTHERS: tuple[tuple[Callable[[int], bool], str, str], ...] = (
    (stat.S_ISDIR, "a directory", "name a file"),
    (stat.S_ISFIFO, "a pipe", _READ_AGAIN),
    (stat.S_ISSOCK, "a socket", _READ_AGAIN),
    (lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode), "a device", _READ_AGAIN),
)


def check_file(path: str) -> None:
    """Raise InvalidInput where a path leads to something else than a file, OSError where there is nothing."""
    mode = os.stat(path).st_mode
    for is_one, name, remedy in _OTHERS:
        if is_one(mode):
            raise InvalidInput(f"this is {name}, not a file", path, remedy)


def open_file(path: str) -> io.BufferedReader:
    """Open a file, to be read in any order; errors as in `check_file`."""
    check_file(path)
    return open(path, "rb")


def open_once(path: str) -> io.BufferedReader:
    """Open a file, or a pipe that somebody writes to, as a shell makes for `<(PROGRAM)`; it is read forwards only.

    Raises what `check_file` raises; reading a pipe raises InvalidInput where nothing comes.
    """
    if stat.S_ISFIFO(os.stat(path).st_mode):
        return io.BufferedReader(_Pipe(path))
    return open_file(path)


class _Pipe(io.RawIOBase):
    """A pipe that is read with patience, but not for ever (pipe(7), fifo(7))."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._has_begun = False
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._waiting = select.poll()
        self._waiting.register(self._descriptor, select.POLLIN)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        waited = 0.0
        while (count := self._read(buffer)) is None or not (count or self._has_begun):
            patience = _OPENING if count == 0 else _SILENCE
            if waited >= patience:
                raise InvalidInput("nothing comes through this pipe", self._path, "write it to a file")
            self._waiting.poll(1000 * patience)
            waited = patience
        self._has_begun = True
        return count

    def _read(self, buffer: Any) -> int | None:
        """How many bytes were there; 0 where nobody has the pipe open for writing, None where somebody still may."""
        try:
            return os.readv(self._descriptor, [buffer])
        except BlockingIOError:
            return None

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()
