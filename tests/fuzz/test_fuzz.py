"""The fuzzer finds what it is there for, and nothing in nixdock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from nixdock_hook.errors import InvalidImage, NixdockError
from tests.support.tools import ROOT

from . import engine
from .engine import Files, Target, fuzz, made


def one(check: Callable[[Path], str]) -> Target:
    """A target whose inputs are numbers."""

    def make(random: Random) -> Files:
        return {"input": str(random.randrange(1000)).encode()}

    return Target("one", make, check)


def failures(check: Callable[[Path], str], most: int = 3) -> list[str]:
    return list(fuzz(one(check), 1, 60, most=most).failures)


def refuse(directory: Path) -> str:
    raise InvalidImage(f"not {(directory / 'input').read_text()}", "a place", "get it again")


def spin(directory: Path) -> str:
    while True:
        pass


def sleep(directory: Path) -> str:
    time.sleep(600)
    return ""


def end(directory: Path) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def crash(directory: Path) -> str:
    raise KeyError("name")


def fill(directory: Path) -> str:
    (directory / "file").write_bytes(bytes(2 << 20))
    return ""


def test_results_and_refusals_are_no_failures() -> None:
    figures = fuzz(one(lambda directory: (directory / "input").read_text()), 1, 60, most=5)
    assert (figures.executions, figures.failures, len(figures.outcomes)) == (5, {}, 5)
    figures = fuzz(one(refuse), 1, 60, most=5)
    assert (figures.executions, figures.failures, dict(figures.outcomes)) == (5, {}, {"InvalidImage: not …": 5})


@pytest.mark.parametrize(
    ("check", "failure"),
    [
        (crash, "KeyError (…) at the target"),
        (lambda directory: str(bytearray(2 << 30)), "MemoryError () at the target"),
        (end, "the process ended with status -9"),
        (spin, "TooSlow () at the target"),
        (fill, "OSError ([Errno …] File too large) at the target"),
    ],
)
def test_failures(check: Callable[[Path], str], failure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MOST_SECONDS", 0.2)
    monkeypatch.setattr(engine, "MOST_FILE", 1 << 20)
    assert failures(check) == [failure]


def test_one_that_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MOST_WAIT", 0.3)
    assert failures(sleep, most=1) == ["nothing for 0.3 s"]


def test_an_error_of_several_lines_is_a_failure() -> None:
    class Wrong(NixdockError):
        def __str__(self) -> str:
            return "two\nlines"

    def check(directory: Path) -> str:
        raise Wrong("two")

    assert failures(check) == [r"a bad message: Wrong: 'two\nlines'"]


def test_an_input_follows_from_its_number() -> None:
    from .command import TARGETS

    for target in TARGETS.values():
        assert made(target, 7, 3) == made(target, 7, 3), target.name
        assert len({str(made(target, 7, number)) for number in range(20)}) > 5, target.name


def test_nothing_is_found() -> None:
    """For a minute in CI, where everything is tried; a while at home."""
    seconds = "60" if os.environ.get("CI") else "15"
    command = [sys.executable, str(ROOT / "tests/fuzz/run"), "--seconds", seconds, "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " executions, 0 failures, seed 1" in done.stdout
