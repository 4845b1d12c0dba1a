"""A test that hangs fails, and the others go on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

_QUICK = {"unit", "golden"}
_MOST_QUICK, _MOST = 600, 2400
"""Seconds: a hundred times what tests take here, of those that start no containers and of the others."""


class Hangs(BaseException):
    """No Exception, so that nothing which is tested takes it for its own."""


def most_seconds(path: Path, tests: Path) -> int:
    """Return how long a test of a file may take."""
    return _MOST_QUICK if path.relative_to(tests).parts[0] in _QUICK else _MOST


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise Hangs in the block where it takes longer."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise Hangs(f"after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
