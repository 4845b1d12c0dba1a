"""Diff IDs: what a layer's bytes hash to, computed in a thread beside the one that makes or copies them."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from types import TracebackType

from ..oci.digest import sha256
from .buffers import LENT, Block, Write
from .source import StoreSource
from .tar import write_layer

Hashed = tuple[str, int]
"""Diff ID ("sha256:" and 64 hexadecimal digits) and size in bytes of an uncompressed layer."""


def hash_layer(source: StoreSource) -> Hashed:
    """The diff ID and size of a layer: this thread reads, another one hashes. Errors as in `write_layer`."""
    with DigestingWriter() as writer:
        write_layer(source, writer.write)
    return writer.digest, writer.size


class DigestingWriter:
    """Passes what is written on to `write`, and meanwhile hashes it in a thread of its own (hashlib releases the GIL).

    with DigestingWriter(file.write) as writer:
        write_layer(source, writer.write)
    writer.digest, writer.size      once the `with` block has ended

    A block may change when `LENT` calls of `write`, counted from its own, have returned: as `write_layer` does it.
    """

    def __init__(self, write: Write | None = None) -> None:
        self.digest = ""
        self.size = 0
        self._write = write
        self._hash = sha256()
        self._blocks: SimpleQueue[Block | None] = SimpleQueue()
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(LENT - 1):
            self._free.put(None)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def write(self, block: Block) -> None:
        """Take a block; waits where `LENT` - 1 blocks are not hashed yet."""
        self._free.get()
        self._blocks.put(block)
        self.size += len(block)
        if self._write:
            self._write(block)

    def __enter__(self) -> DigestingWriter:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._blocks.put(None)
        self._thread.join()
        self._write = None  # it may refer to us: what is in a circle stays in memory for long
        self.digest = f"sha256:{self._hash.hexdigest()}"

    def _run(self) -> None:
        while (block := self._blocks.get()) is not None:
            self._hash.update(block)
            self._free.put(None)
