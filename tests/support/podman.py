"""podman with a storage of its own; it needs no daemon."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .tools import need, need_root, output


@dataclass(frozen=True)
class Podman:
    """options: of every command, they name the storage."""

    program: str
    options: tuple[str, ...]

    def __call__(self, *arguments: str) -> str:
        """Any podman command; returns its stdout."""
        return output(self.program, *self.options, *arguments).decode()


@contextmanager
def podman_storage() -> Iterator[Podman]:
    """A storage that is removed at the end."""
    need_root("podman's storage")
    program = need("podman")
    # Not below pytest's temporary directory: podman refuses a --runroot of more than 50 characters.
    directory = tempfile.mkdtemp(prefix="nixdock-podman.")
    try:
        where = ("--root", f"{directory}/root", "--runroot", f"{directory}/run", "--storage-driver", "vfs")
        yield Podman(program, where)
    finally:
        shutil.rmtree(directory)
