"""The only place that starts other programs."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic, sleep
from typing import IO, Any

from . import endings
from .errors import ProgramFailed

PIPE = subprocess.PIPE
DEVNULL = subprocess.DEVNULL
STDOUT = subprocess.STDOUT
Process = subprocess.Popen[bytes]

Stop = Callable[[], object]
"""Tells when there is nothing to wait for any more; docker tries for a minute to get a layer that is broken."""

_PIECE = 65536  # as much as a pipe holds
_MOST_OUTPUT = 16 << 20
"""Bytes of a program's output: of manifests and configs skopeo hands out 4 MiB."""
_LOOK = 0.2  # seconds between two looks whether a program is to end
_LAST_CHANCE = 10.0  # seconds a program may take to end when it is asked to: Nix first ends what it started
# The same when a signal ends us: whoever sent it waits. Nix ends its builders, docker and skopeo their transfers.
_GRACE = 3.0
_LOOK_AT_THE_END = 0.005


def start(argv: Sequence[str], **popen_arguments: Any) -> Process:
    """Start a program, which a signal that ends this process ends, too.

    Raises ProgramFailed, which names it, for one that is not there or cannot be run.
    """
    try:
        with endings.unbroken():
            program = subprocess.Popen(argv, **popen_arguments)
            endings.add(partial(_end, program), lambda: program.returncode is not None)
            return program
    except FileNotFoundError as error:
        if error.filename != argv[0]:  # but its working directory
            raise
        remedy = "install it, or add its directory to PATH"
        raise ProgramFailed(f"there is no program {argv[0]!r}", "PATH", remedy) from error
    except PermissionError as error:
        raise ProgramFailed(f"{argv[0]} cannot be run ({error.strerror})", error.filename, "check its mode") from error


def _end(program: Process) -> None:
    """End a program that may still run. `Popen.wait` will not do: the interrupted thread may hold its lock."""
    if program.returncode is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(program.pid, number)
        last = monotonic() + _GRACE
        while monotonic() < last:
            try:
                if os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOHANG):
                    return
            except ChildProcessError:  # another thread has waited for it
                return
            sleep(_LOOK_AT_THE_END)


def communicate(program: Process, stop: Stop = bool, most: int = _MOST_OUTPUT) -> tuple[bytes, bytes]:
    """Wait for a program; return the last `most` bytes that it wrote to each of its pipes, stdout and stderr.

    Its stdin is closed. It is asked to end once `stop` says so, and made to after 10 s; an exception, as by Ctrl-C,
    ends it, too. What it started may live longer, and is not waited for, even where it holds a pipe open.
    """
    asked = 0.0
    try:
        if program.stdin:
            with suppress(BrokenPipeError):
                program.stdin.close()
        with _Pipes(program, most) as pipes:
            while not (pipes.read() and program.poll() is not None):
                if not asked and stop():
                    asked = monotonic()
                    program.terminate()
                elif asked and monotonic() - asked > _LAST_CHANCE:
                    program.kill()
            return pipes.kept(program.stdout), pipes.kept(program.stderr)
    except BaseException:
        program.kill()
        raise


class _Pipes:
    """What a program writes to its pipes, of each the last `most` bytes."""

    def __init__(self, program: Process, most: int) -> None:
        self._program, self._most = program, most
        self._pipes = [pipe for pipe in (program.stdout, program.stderr) if pipe]
        self._kept = {pipe.fileno(): bytearray() for pipe in self._pipes}
        self._open = set(self._kept)
        self._waiting = select.poll()
        for descriptor in self._open:
            self._waiting.register(descriptor, select.POLLIN)

    def __enter__(self) -> _Pipes:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.close()

    def read(self) -> bool:
        """Wait a moment for more. Tells whether there was nothing: the program has ended, or says nothing."""
        if not self._open:
            with suppress(subprocess.TimeoutExpired):
                self._program.wait(_LOOK)
            return True
        ready = self._waiting.poll(_LOOK * 1000)
        for descriptor, _ in ready:
            piece = os.read(descriptor, _PIECE)
            self._kept[descriptor] += piece
            del self._kept[descriptor][: -self._most]
            if not piece:
                self._waiting.unregister(descriptor)
                self._open.remove(descriptor)
        return not ready

    def kept(self, pipe: IO[bytes] | None) -> bytes:
        """Return what was read from a pipe; of one that is not there nothing."""
        return bytes(self._kept[pipe.fileno()]) if pipe else b""


def run(
    argv: Sequence[str],
    *,
    what: str = "",
    stdin: IO[bytes] | int | None = subprocess.DEVNULL,
    stdout: IO[bytes] | int | None = None,
    cwd: str | None = None,
    env: Mapping[str, str] | None = None,
    messages: Callable[[bytes], object] | None = None,
) -> bytes:
    """Run a program to its end; its messages go to our stderr, or piece by piece to `messages`.

    Returns what it wrote to stdout where stdout is PIPE, else b"".
    Raises ProgramFailed, with the exit status, unless that is 0; `what` says what it did for whom.
    """
    process = start(argv, stdin=stdin, stdout=stdout, cwd=cwd, env=env, stderr=PIPE if messages else None)
    if messages and process.stderr:
        while piece := os.read(process.stderr.fileno(), _PIECE):
            messages(piece)
    output, _ = process.communicate()
    if process.returncode:
        status = process.returncode
        ending = f"exit status {status}" if status > 0 else f"signal {-status}"
        raise ProgramFailed(f"{what or argv[0]} failed with {ending}", "", "its messages are above")
    return output or b""
