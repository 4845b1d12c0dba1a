"""Start a server, wait until it answers, end it by its process id."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def wait_until(condition: Callable[[], bool], what: str, timeout: float = 30.0) -> None:
    """Poll until the condition holds; AssertionError that names it when it does not in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not after {timeout:g} s"
        time.sleep(0.02)


@contextmanager
def running(
    command: Sequence[str], log: Path, ready: Callable[[], bool], timeout: float = 30.0
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process that is `ready`; its messages go to `log`, whose end is shown when it does not start."""
    with log.open("wb") as messages:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=messages, stderr=subprocess.STDOUT)

    def ready_or_dead() -> bool:
        assert process.poll() is None, f"{command[0]} ended:\n{log.read_text()[-3000:]}"
        return ready()

    try:
        wait_until(ready_or_dead, f"{command[0]} is ready", timeout)
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes], timeout: float = 20.0) -> None:
    """SIGTERM, and SIGKILL for a process that does not heed it."""
    process.terminate()
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
