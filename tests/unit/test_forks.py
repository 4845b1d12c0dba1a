"""Work in forked processes: results, reports, errors, and that nobody is left behind."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput, NixdockError
from nixdock_hook.forks import Report, Turns, shared_out


@pytest.fixture(autouse=True)
def no_child_is_left() -> Any:
    yield
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.parametrize("workers", [1, 2, 5, 40])
def test_results_come_in_order(workers: int) -> None:
    assert shared_out(20, lambda number, _: number * number, workers, "counts") == [n * n for n in range(20)]


def test_nothing_to_do() -> None:
    assert shared_out(0, lambda number, _: number, 3, "counts") == []


@pytest.mark.parametrize("workers", [1, 2])
def test_reports_are_heard_even_long_ones(workers: int) -> None:
    heard: list[bytes] = []

    def work(number: int, report: Report) -> int:
        report(bytes([number]) * 300_000)
        return number

    shared_out(6, work, workers, "talks", heard.append)
    assert sorted(heard) == [bytes([number]) * 300_000 for number in range(6)]


def test_nothing_is_done_twice() -> None:
    done: list[int] = []
    shared_out(2_000, lambda number, report: report(number), 8, "counts", done.append)
    assert sorted(done) == list(range(2_000))


def test_they_are_processes_of_their_own() -> None:
    assert os.getpid() not in shared_out(4, lambda _, __: os.getpid(), 2, "counts")


def test_an_error_ends_the_others_at_once() -> None:
    def work(number: int, _: Report) -> None:
        if number:
            time.sleep(600)
        raise InvalidInput("what", "where", "remedy")

    with pytest.raises(InvalidInput) as caught:
        shared_out(3, work, 3, "waits")
    assert (caught.value.what, caught.value.where, caught.value.remedy) == ("what", "where", "remedy")


def test_one_that_is_killed_is_an_error() -> None:
    def work(number: int, _: Report) -> None:
        if number == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(NixdockError, match="a process that dies was ended by signal 9"):
        shared_out(3, work, 2, "dies")


def test_an_interrupted_parent_ends_its_workers() -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    def work(_: int, report: Report) -> None:
        report(1)
        time.sleep(600)

    with pytest.raises(KeyboardInterrupt):
        shared_out(2, work, 2, "waits", interrupted)


def test_no_more_than_there_are_turns() -> None:
    turns, now, most = Turns(2), 0, 0

    def work(_: int, report: Report) -> None:
        with turns.one():
            report(1)
            time.sleep(0.01)
            report(-1)

    def hear(change: int) -> None:
        nonlocal now, most
        now += change
        most = max(most, now)

    shared_out(12, work, 6, "waits", hear)
    # Two processes may say "begun" before the "ended" of two others was read.
    assert 1 <= most <= 4
