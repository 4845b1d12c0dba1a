"""Tests that hang."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from tests.support.time_limit import Hangs, most_seconds, time_limit


def test_a_block_that_takes_too_long_is_ended() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(Hangs, match=r"after 0.01 seconds"), time_limit(0.01):
        threading.Event().wait()
    assert signal.getsignal(signal.SIGALRM) == before


def test_one_that_ends_in_time_is_left_alone() -> None:
    with time_limit(60):
        pass
    assert signal.getitimer(signal.ITIMER_REAL)[1] == 0


def test_tests_with_containers_have_more_time() -> None:
    quick, slow = (most_seconds(Path("/tests", name, "test_a.py"), Path("/tests")) for name in ("unit", "system"))
    assert 0 < quick < slow
