"""Layers made, compressed and sent into a registry: several at once, by forked processes with a connection each.

While one of them sends, others make: at most as many as there are processors, and at most four send. Memory stays flat:
a compressed layer is kept in memory while it is small, else in a temporary file.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import BinaryIO

from ..forks import Report, Turns, processors, shared_out
from ..layers.content import LayerContents
from ..layers.source import Layer
from ..oci.model import Descriptor
from ..outputs import unnamed_file
from ..registries.content import Content, InFile, InPieces
from ..registries.upload import Repository
from ..sinks.blobs import StoredBlob
from ..sinks.compressed import LayerCompression, compress_layer, room_for
from ..sinks.listener import Listener

_CONNECTIONS = 4
"""That send at once: registries limit them, skopeo takes six, crane four."""
_MOST_MAKERS = 8
"""Each has 15 MB of its own: a piece of the layer, and what it is compressed to."""
_IN_MEMORY = 2 << 20
"""Bytes of a compressed layer; most of a hundred layers of store paths are smaller."""


@dataclass(frozen=True, slots=True)
class Task:
    """A layer that the destination should have.

    candidate: a blob that may stand for it. mount_from: the repository of the same registry that has that blob.
    stored: the blob, where it lies ready and has to be this one.
    """

    layer: Layer
    candidate: Descriptor | None = None
    mount_from: str | None = None
    stored: StoredBlob | None = None


class LayerSender:
    """Sends layers into a repository; `listener` is told of it in the process that calls."""

    def __init__(self, repository: Repository, compression: LayerCompression, listener: Listener) -> None:
        self._repository = repository
        self._compression = compression
        self._listener = listener
        self._makers = min(processors(), _MOST_MAKERS)
        self._process = os.getpid()
        self._contents: LayerContents | None = None
        self._fair = 0

    def send(self, tasks: Sequence[Task]) -> list[Descriptor]:
        """Have the registry hold each layer, the largest first; returns the blobs that stand for them, in order.

        Raises what `LayerContents.write` and `Repository.upload` raise.
        """
        self._fair = sum(task.layer.size for task in tasks) // self._makers
        order = sorted(range(len(tasks)), key=lambda number: -tasks[number].layer.size)

        def work(number: int, report: Report) -> Descriptor:
            return self._sent(tasks[order[number]], report)

        with ExitStack() as self._opened:
            self._making, self._sending = (
                self._opened.enter_context(closing(Turns(count))) for count in (self._makers, _CONNECTIONS)
            )
            self._contents = None
            # While all connections are in use there are still enough to make.
            workers = self._makers + _CONNECTIONS
            done = shared_out(len(tasks), work, workers, "sends layers", self._hear)
        by_number = dict(zip(order, done, strict=True))
        return [by_number[number] for number in range(len(tasks))]

    def _hear(self, heard: tuple[Descriptor | None, int]) -> None:
        blob, count = heard
        if blob:
            self._listener.sent(blob, count)
        else:
            self._listener.compressed(count)

    def _sent(self, task: Task, report: Report) -> Descriptor:
        """Have the registry hold one layer. Runs in a forked process, unless it is the only layer."""
        contents = self._own_contents()
        if task.candidate and self._is_there(task.candidate, task.mount_from):
            return task.candidate
        if task.stored:
            with open(task.stored.path, "rb") as file:
                self._upload(task.stored.descriptor, InFile(file, task.stored.descriptor.size), report)
            return task.stored.descriptor
        with closing(_Spool()) as spool:
            with self._making.one(), room_for(spool):
                blob = self._made(task.layer, contents, spool, report)
                content = spool.content()
            if self._repository.is_new or not self._repository.has(blob.digest):
                self._upload(blob, content, report)
        return blob

    def _made(self, layer: Layer, contents: LayerContents, spool: _Spool, report: Report) -> Descriptor:
        # One that would keep the others waiting at the end gets all processors.
        threads = self._makers if layer.size > self._fair else 1
        return compress_layer(
            layer, contents, self._compression, spool.write, lambda count: report((None, count)), threads
        )

    def _own_contents(self) -> LayerContents:
        """What reads layers in this process: an archive that is open in two has one position for both."""
        if self._contents is None:
            if os.getpid() != self._process:
                self._repository.close()
            self._contents = LayerContents(self._opened)
        return self._contents

    def _is_there(self, blob: Descriptor, mount_from: str | None) -> bool:
        if mount_from and self._repository.mount(blob.digest, mount_from):
            return True
        return not self._repository.is_new and self._repository.has(blob.digest)

    def _upload(self, blob: Descriptor, content: Content, report: Report) -> None:
        with self._sending.one():
            self._repository.upload(blob.digest, content, lambda count: report((blob, count)))


class _Spool:
    """Bytes that are written once, and can then be read."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._memory: list[bytes] = []
        self._size = 0

    def close(self) -> None:
        if self._file:
            self._file.close()

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._file:
            self._file.write(data)
            return
        self._memory.append(data)
        if self._size > _IN_MEMORY:
            self._file = unnamed_file()
            self._file.writelines(self._memory)
            self._memory = []

    def content(self) -> Content:
        """Return what was written."""
        if self._file is None:
            return InPieces(self._memory)
        self._file.flush()
        return InFile(self._file, self._size)
