"""Several layers hashed at once, in processes: threads would contend for the GIL on small files."""

from __future__ import annotations

from collections.abc import Sequence

from ..forks import Report, processors, shared_out
from .hashing import Hashed, hash_layer
from .source import StoreSource


def hash_layers(sources: Sequence[StoreSource], workers: int | None = None) -> list[Hashed]:
    """The diff ID and size of each layer, in the order given.

    workers: how many layers at once, at most; None = as many as this process may use processors.
    Raises what `write_layer` raises, as if it had been called here, and NixdockError where a worker was killed.
    Forks, so call it where no other thread runs.
    """

    def work(number: int, _: Report) -> Hashed:
        return hash_layer(sources[number])

    return shared_out(len(sources), work, workers or processors(), "hashes layers")
