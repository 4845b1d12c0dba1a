"""The only place that starts other programs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

from .errors import ProgramFailed

PIPE = subprocess.PIPE
DEVNULL = subprocess.DEVNULL
Process = subprocess.Popen[bytes]


def start(argv: Sequence[str], **popen_arguments: Any) -> Process:
    """Start a program; one that is not there is a ProgramFailed that names it."""
    try:
        return subprocess.Popen(argv, **popen_arguments)
    except FileNotFoundError as error:
        remedy = f"install {os.path.basename(argv[0])}, or put its directory into PATH"
        raise ProgramFailed(f"there is no program {argv[0]!r}", "PATH", remedy) from error


def communicate(program: Process, stop: Callable[[], object]) -> tuple[bytes, bytes]:
    """Wait for a program and return what it wrote to its pipes, stdout and stderr; end it once `stop` says so.

    It does not outlive an exception either, Ctrl-C for instance.
    """
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                return program.communicate(timeout=0.2)
            if stop():
                program.terminate()
    except BaseException:
        program.kill()
        raise


def run(
    argv: Sequence[str],
    *,
    what: str = "",
    stdin: IO[bytes] | int | None = subprocess.DEVNULL,
    stdout: IO[bytes] | int | None = None,
    cwd: str | None = None,
    env: Mapping[str, str] | None = None,
) -> bytes:
    """Run a program to its end; its messages go to our stderr.

    Returns what it wrote to stdout where stdout is subprocess.PIPE, else b"".
    Raises ProgramFailed, with the exit status, unless that is 0; `what` says what it did for whom.
    """
    process = start(argv, stdin=stdin, stdout=stdout, cwd=cwd, env=env)
    output, _ = process.communicate()
    if process.returncode:
        status = process.returncode
        ending = f"exit status {status}" if status > 0 else f"signal {-status}"
        raise ProgramFailed(f"{what or argv[0]} failed with {ending}", "", "its messages are above")
    return output or b""
