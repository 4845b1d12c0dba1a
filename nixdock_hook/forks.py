"""Work shared out to forked processes: threads would contend for Python's lock on what is no call of a library."""

from __future__ import annotations

import os
import pickle
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from signal import SIGKILL
from typing import Any, BinaryIO, TypeVar

from .endings import at_the_end, unbroken
from .errors import NixdockError
from .outputs import unnamed_file

T = TypeVar("T")
Report = Callable[[Any], object]

_NUMBER = 4  # bytes of a number in the queue, and of a message's length
_PIECE = 1 << 16


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


def shared_out(
    count: int, work: Callable[[int, Report], T], workers: int, what: str, heard: Callable[[Any], object] = bool
) -> list[T]:
    """Return `work(number, report)` for each number below `count`, in order.

    workers: how many are at work at once, at most; a single one is this process itself. what: they do, for an error.
    heard: gets in this process what `work` gives to `report`.
    Raises what `work` raised first, and NixdockError where a worker was killed; then the others are ended.
    Forks, so call it where no other thread runs.
    """
    workers = min(workers, count)
    if workers <= 1:
        return [work(number, heard) for number in range(count)]
    results: dict[int, T] = {}
    pool: list[_Worker] = []
    with at_the_end(lambda: _end(pool)):
        with _queue(count) as queue:
            for _ in range(workers):
                with unbroken():
                    pool.append(_fork(work, queue.fileno(), [worker.pipe for worker in pool]))
        for kind, number, value in _messages(pool):
            match kind:
                case "error":
                    raise value
                case "report":
                    heard(value)
                case "result":
                    results[number] = value
        endings = [worker.wait() for worker in pool]
    if len(results) < count:
        ending = next((f"signal {-status}" for status in endings if status < 0), "an error of its own")
        raise NixdockError(f"a process that {what} was ended by {ending}", "", "is there enough memory?")
    return [results[number] for number in range(count)]


class Turns:
    """A number of turns that forked processes take, each for a while."""

    def __init__(self, count: int) -> None:
        self._free, self._give_back = os.pipe()
        os.write(self._give_back, bytes(count))

    def close(self) -> None:
        """Nobody takes a turn any more."""
        os.close(self._free)
        os.close(self._give_back)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a turn, and give it back at the end of the block."""
        os.read(self._free, 1)
        try:
            yield
        finally:
            os.write(self._give_back, b"\0")


@dataclass(slots=True)
class _Worker:
    pid: int
    pipe: int
    heard: bytearray = field(default_factory=bytearray)
    is_waited_for: bool = False

    def wait(self) -> int:
        """Return its exit status, negative where a signal ended it."""
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.is_waited_for = True
        return status

    def messages(self) -> Iterator[Any]:
        """Yield what it has said; the last message may be a part of one."""
        while len(self.heard) >= _NUMBER:
            size = int.from_bytes(self.heard[:_NUMBER])
            if len(self.heard) < _NUMBER + size:
                return
            message = bytes(self.heard[_NUMBER : _NUMBER + size])
            del self.heard[: _NUMBER + size]
            yield pickle.loads(message)


def _end(pool: list[_Worker]) -> None:
    """End those that still run; called at the end in any case, and where a signal ends this process."""
    left = [worker for worker in pool if not worker.is_waited_for]
    for worker in left:
        with suppress(ProcessLookupError):
            os.kill(worker.pid, SIGKILL)
    for worker in left:
        with suppress(ChildProcessError):
            worker.wait()
    for worker in pool:
        if worker.pipe >= 0:
            os.close(worker.pipe)
            worker.pipe = -1


def _messages(pool: list[_Worker]) -> Iterator[Any]:
    """Yield what all workers say, until the last has ended."""
    waiting = select.poll()
    by_pipe = {worker.pipe: worker for worker in pool}
    for pipe in by_pipe:
        waiting.register(pipe, select.POLLIN)
    while by_pipe:
        for pipe, _ in waiting.poll():
            worker = by_pipe[pipe]
            if piece := os.read(pipe, _PIECE):
                worker.heard += piece
                yield from worker.messages()
            else:
                waiting.unregister(pipe)
                del by_pipe[pipe]


def _queue(count: int) -> BinaryIO:
    """All numbers in an unnamed file: forked processes share its offset, so each number is read once.

    Linux has them read one after the other in files that were opened by a name, as this one was, and not in those of
    memfd_create(2), where two processes may get the same number.
    """
    queue = unnamed_file()
    queue.write(b"".join(number.to_bytes(_NUMBER) for number in range(count)))
    queue.seek(0)
    return queue


def _fork(work: Callable[[int, Report], Any], queue: int, of_others: list[int]) -> _Worker:
    read_end, write_end = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            for pipe in (read_end, *of_others):
                os.close(pipe)
            _work(work, queue, write_end)
        finally:
            os._exit(0)
    os.close(write_end)
    return _Worker(pid, read_end)


def _work(work: Callable[[int, Report], Any], queue: int, pipe: int) -> None:
    """Do one thing after the other; after an error leave none for the others."""
    while taken := os.read(queue, _NUMBER):
        number = int.from_bytes(taken)

        def report(value: Any, number: int = number) -> None:
            _say(pipe, ("report", number, value))

        try:
            _say(pipe, ("result", number, work(number, report)))
        except Exception as error:
            os.lseek(queue, 0, os.SEEK_END)
            _say(pipe, ("error", number, error))


def _say(pipe: int, message: tuple[str, int, Any]) -> None:
    data = pickle.dumps(message)
    view = memoryview(len(data).to_bytes(_NUMBER) + data)
    while view:
        view = view[os.write(pipe, view) :]
