"""What is undone when a process ends early: temporary files, programs it started, names it gave.

SIGINT, SIGTERM and SIGHUP do not become exceptions, which may strike inside a destructor, an import or a `finally` and
are lost there or shown as a traceback. Their handler undoes what is pending, the newest first, and ends the process.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STATUS = 128  # and the signal's number: what a shell reports of a program that a signal ended


@dataclass(frozen=True, slots=True, eq=False)
class _Pending:
    undo: Callable[[], object]
    is_over: Callable[[], bool]


_pending: list[_Pending] = []
_holds: list[None] = []  # one for each block of `unbroken` that runs; to append and to pop are atomic
_waiting = 0  # the signal that came during one
_owner = 0  # the process that undoes: workers that it forks inherit all of this
_ends_well = False


def end_on_signals() -> None:
    """Have signals undo what is pending, and end the process with the status that shells report.

    A signal that whoever started this process had it ignore (nohup, `&` in a script) stays ignored. One that was
    blocked is not any more: nix/internal/command.nix blocks them while Python starts, when it would print a traceback.
    """
    global _owner
    _owner = os.getpid()
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def add(undo: Callable[[], object], is_over: Callable[[], bool]) -> None:
    """Undo something when a signal ends the process, unless it is over by then.

    undo: called in the main thread, between any two of its steps: it must not wait for a lock, and may be called twice.
    """
    _pending[:] = [*(entry for entry in _pending if not entry.is_over()), _Pending(undo, is_over)]


@contextmanager
def at_the_end(undo: Callable[[], object]) -> Iterator[None]:
    """Undo something when the block ends, in whatever way; as in `add`."""
    entry = _Pending(undo, bool)
    _pending.append(entry)
    try:
        yield
    finally:
        try:
            undo()
        finally:
            _pending.remove(entry)


@contextmanager
def unbroken() -> Iterator[None]:
    """Have signals wait for the end of the block, in which something is made and then added."""
    _holds.append(None)
    try:
        yield
    finally:
        _holds.pop()
        if _waiting and not _holds:
            os.kill(os.getpid(), _waiting)


@contextmanager
def ending_well() -> Iterator[None]:
    """Have signals end the process with status 0: they are the way to end a server, and service managers look at it."""
    global _ends_well
    _ends_well = True
    try:
        yield
    finally:
        _ends_well = False


def _end(number: int, _frame: FrameType | None) -> None:
    global _waiting
    if os.getpid() != _owner:
        os._exit(_STATUS + number)
    _waiting = number  # before the look at `_holds`, which another thread may empty meanwhile
    if _holds:
        return
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    _waiting = 0
    for entry in reversed(_pending):
        with suppress(Exception):
            entry.undo()
    # At once: threads may still run, and the interrupted one may hold a lock that the interpreter's end waits for.
    os._exit(0 if _ends_well else _STATUS + number)
