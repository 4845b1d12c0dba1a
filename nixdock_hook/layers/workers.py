"""Several layers hashed at once, in processes: threads would contend for the GIL on small files."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from signal import SIGKILL
from typing import BinaryIO, NoReturn

from ..errors import NixdockError
from .hashing import Hashed, hash_layer
from .source import StoreSource

_NUMBER = 4  # bytes of a layer's number in the queue

Outcome = Hashed | Exception


def hash_layers(sources: Sequence[StoreSource], workers: int | None = None) -> list[Hashed]:
    """The diff ID and size of each layer, in the order given.

    workers: how many layers at once, at most; None = as many as this process may use processors.
    Raises what `write_layer` raises, as if it had been called here, and NixdockError where a worker was killed.
    Forks, so call it where no other thread runs.
    """
    count = min(workers or len(os.sched_getaffinity(0)), len(sources))
    if count <= 1:
        return [hash_layer(source) for source in sources]
    queue = _queue(len(sources))
    pool = [_fork(sources, queue) for _ in range(count)]
    try:
        outcomes = dict(outcome for worker in pool for outcome in worker.outcomes())
    except BaseException:
        for worker in pool:
            os.kill(worker.pid, SIGKILL)
        raise
    finally:
        os.close(queue)
        endings = [os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1]) for worker in pool]
    return _results(outcomes, len(sources), endings)


@dataclass(frozen=True, slots=True)
class _Worker:
    pid: int
    pipe: int

    def outcomes(self) -> Iterator[tuple[int, Outcome]]:
        """What the worker reports, with the layer's number, until it ends."""
        with os.fdopen(self.pipe, "rb") as stream:
            while True:
                try:
                    yield pickle.load(stream)
                except (EOFError, pickle.UnpicklingError):
                    return


def _queue(count: int) -> int:
    """The numbers of all layers in an unnamed file: forked processes share its offset, so each number is read once."""
    queue = os.memfd_create("layers")
    os.write(queue, b"".join(number.to_bytes(_NUMBER) for number in range(count)))
    os.lseek(queue, 0, os.SEEK_SET)
    return queue


def _fork(sources: Sequence[StoreSource], queue: int) -> _Worker:
    read_end, write_end = os.pipe()
    pid = os.fork()
    if not pid:
        with os.fdopen(write_end, "wb") as stream:
            _work(sources, queue, stream)
    os.close(write_end)
    return _Worker(pid, read_end)


def _work(sources: Sequence[StoreSource], queue: int, stream: BinaryIO) -> NoReturn:
    """Report on one layer after the other; after an error leave none for the others. Never returns."""
    try:
        while taken := os.read(queue, _NUMBER):
            number = int.from_bytes(taken)
            outcome: Outcome
            try:
                outcome = hash_layer(sources[number])
            except Exception as error:
                outcome = error
                os.lseek(queue, 0, os.SEEK_END)
            pickle.dump((number, outcome), stream)
            stream.flush()
    finally:
        os._exit(0)


def _results(outcomes: dict[int, Outcome], count: int, endings: Sequence[int]) -> list[Hashed]:
    results = []
    for _, outcome in sorted(outcomes.items()):
        if isinstance(outcome, Exception):
            raise outcome
        results.append(outcome)
    if len(results) < count:
        ending = next((f"signal {-status}" for status in endings if status < 0), "an error of its own")
        raise NixdockError(f"a process that hashes layers was ended by {ending}", "", "is there enough memory?")
    return results
