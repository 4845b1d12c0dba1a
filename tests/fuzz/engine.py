"""Runs one target on input after input, in a process of its own with limits, and counts what comes out.

An input follows from seed, target and number alone: a failure is named by its number, and made again from it. What may
come out is a clean result or a NixdockError of one short line; all else (another exception, too much time or memory,
the process's end) is a failure.
"""

from __future__ import annotations

import json
import mmap
import os
import re
import resource
import shutil
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from nixdock_hook.errors import NixdockError
from nixdock_hook.store import place

MOST_SECONDS = 10
"""Of CPU time for one input. Most take a millisecond."""
MOST_MEMORY = 1 << 30
"""Bytes of address space beyond what the process has when it begins."""
MOST_FILE = 512 << 20
"""Bytes of any file that is written for one input."""
MOST_WAIT = 120
"""Seconds without a finished input, after which the process is ended: one that sleeps uses no CPU time."""
MOST_TEXT = 5000
"""Characters of an error."""

Files = Mapping[str, bytes]
"""Name → content of what one input consists of."""


@dataclass(frozen=True)
class Target:
    """What is given wrong input.

    make: an input from a source of randomness. check: reads it from a directory, in which it may write too, and says
    in a word what it was; raises NixdockError where it refuses it.
    """

    name: str
    make: Callable[[Random], Files]
    check: Callable[[Path], str]


@dataclass
class Figures:
    """What came out. outcomes: kind of outcome → how often. failures: what → the number of the first input."""

    executions: int = 0
    seconds: float = 0.0
    megabytes: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: dict[str, int] = field(default_factory=dict)

    def line(self, name: str) -> str:
        """One line of the table."""
        clean = sum(count for outcome, count in self.outcomes.items() if outcome.startswith("clean"))
        return (
            f"{name:11} {self.executions:8} executions {self.executions / (self.seconds or 1):7.0f}/s {clean:8} clean"
            f" {len(self.outcomes):5} distinct outcomes {self.megabytes:5} MB {len(self.failures):3} failures"
        )


class TooSlow(BaseException):
    """More CPU time than an input may take. No Exception: nobody takes it for one that he expects."""


def made(target: Target, seed: int, number: int) -> Files:
    """The input of this number."""
    return target.make(Random(f"{seed}/{target.name}/{number}"))


def fuzz(target: Target, seed: int, seconds: float, first: int = 0, most: int | None = None) -> Figures:
    """Run a target for so many seconds, or on `most` inputs; starts again behind an input that ended the process."""
    made(target, seed, first)  # what right input is made of is made here, once for all processes
    figures, ends = Figures(), time.monotonic() + seconds
    last = None if most is None else first + most - 1
    while time.monotonic() < ends and (last is None or first <= last):
        with tempfile.TemporaryDirectory(prefix="nixdock-fuzz.") as top:
            first = _run_process(_Share(target, seed, first, last, ends, top), figures) + 1
    return figures


@dataclass(frozen=True)
class _Share:
    """What one process does: the inputs from `first` on, to `last` or until the time `ends`, in a directory `top`."""

    target: Target
    seed: int
    first: int
    last: int | None
    ends: float
    top: str


def _run_process(share: _Share, figures: Figures) -> int:
    """Add to the figures what a process of its own finds; returns the number of the input that it ended with."""
    began, progress = time.monotonic(), mmap.mmap(-1, 8)
    progress[:] = share.first.to_bytes(8, "little")
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        status = 1
        try:
            _work(share, progress, writing)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    said, why = _wait(process, reading, progress)
    last = int.from_bytes(progress[:], "little")
    figures.seconds += time.monotonic() - began
    if said:
        _add(figures, json.loads(said))
    else:
        figures.executions += last - share.first + 1
        figures.failures.setdefault(why, last)
    return last


def _wait(process: int, reading: int, progress: mmap.mmap) -> tuple[bytes, str]:
    """What the process reports in the end, or else why it does not."""
    with os.fdopen(reading, "rb") as pipe:
        os.set_blocking(pipe.fileno(), False)
        said, seen, since = b"", progress[:], time.monotonic()
        while True:
            ended, status = os.waitpid(process, os.WNOHANG)
            said += pipe.read() or b""
            if ended:
                return said, f"the process ended with status {os.waitstatus_to_exitcode(status)}"
            if progress[:] != seen:
                seen, since = progress[:], time.monotonic()
            elif time.monotonic() - since > MOST_WAIT:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
                return b"", f"nothing for {MOST_WAIT} s"
            time.sleep(0.02)


def _work(share: _Share, progress: mmap.mmap, writing: int) -> None:
    """In the process: input after input."""
    signal.signal(signal.SIGPROF, _too_slow)
    os.environ["TMPDIR"] = tempfile.tempdir = share.top
    place.ROOTS = ("/nix/store", share.top)
    _limit()
    figures, number = Figures(), share.first
    while time.monotonic() < share.ends and (share.last is None or number <= share.last):
        progress[:] = number.to_bytes(8, "little")
        outcome, failed = run_one(share.target, made(share.target, share.seed, number), Path(share.top, "input"))
        if failed:
            figures.failures.setdefault(outcome, number)
        figures.outcomes[outcome[:100]] += 1
        number += 1
    figures.executions = number - share.first
    figures.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(json.dumps(vars(figures)).encode())


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def _limit() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_FILE, MOST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))


def run_one(target: Target, files: Files, directory: Path) -> tuple[str, bool]:
    """Run a target on one input, written into a directory that is made for it; (outcome, whether it is a failure)."""
    directory.mkdir()
    try:
        for name, content in files.items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_bytes(content)
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        return f"clean: {target.check(directory)}", False
    except NixdockError as error:
        text = str(error)
        if "\n" in text or not text.isprintable() or len(text) > MOST_TEXT:
            return f"a bad message: {type(error).__name__}: {text[:200]!r}", True
        return f"{type(error).__name__}: {_kind(error.what)}", False
    except (Exception, TooSlow) as error:
        return _where(error), True
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        shutil.rmtree(directory, ignore_errors=True)


def _kind(what: str) -> str:
    """A message without what differs from input to input: quoted names, numbers, digests."""
    return re.sub(r"(['\"]).*\1|/\S+|\b[0-9a-f]{8,}\b|-?\d+", "…", what)


def _where(error: BaseException) -> str:
    """The kind of an exception, and the last places in nixdock on its way."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "nixdock_hook" in frame.filename]
    places = [f"{Path(frame.filename).stem}.{frame.name}:{frame.lineno}" for frame in frames[-3:]]
    return f"{type(error).__name__} ({_kind(str(error))[:100]}) at {' > '.join(places) or 'the target'}"


def _add(figures: Figures, found: dict[str, Any]) -> None:
    figures.executions += found["executions"]
    figures.megabytes = max(figures.megabytes, found["megabytes"])
    figures.outcomes.update(found["outcomes"])
    for what, number in found["failures"].items():
        figures.failures.setdefault(what, number)
