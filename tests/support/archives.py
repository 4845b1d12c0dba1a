"""docker-archives as nixdock itself reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nixdock_hook.bases.docker_archive import Archive
from nixdock_hook.bases.files import open_tar


@contextmanager
def open_archive(path: str) -> Iterator[Archive]:
    """Open the docker-archive at `path`."""
    with open_tar(path) as files:
        yield Archive(files)
