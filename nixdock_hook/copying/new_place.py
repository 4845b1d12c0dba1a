"""Destinations of `skopeo copy` that are files or directories: whole under their name, or not there.

skopeo writes them in place, and does not take away what it has begun when it fails or is ended.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from ..errors import ProgramFailed
from ..outputs import temporary_directory, whole_name

_ARCHIVES = ("docker-archive", "oci-archive")  # made in skopeo's temporary directory, or by way of it
_DIRECTORIES = ("oci", "dir")


@contextmanager
def new_place(destination: str) -> Iterator[tuple[str, list[str]]]:
    """Give the destination to name to skopeo, and global options for it.

    A file or directory that is not there yet gets its name when the block has ended well. One that is there skopeo adds
    to, or refuses; it is named as it is, as are all others. A ProgramFailed says the name that the user knows.
    """
    transport, _, rest = destination.partition(":")
    path, colon, name = (rest, "", "") if transport == "dir" else rest.partition(":")
    if transport not in (*_ARCHIVES, *_DIRECTORIES) or not path or os.path.lexists(path):
        yield destination, []
        return
    parent = os.path.dirname(path.rstrip("/")) or "."
    large_files = temporary_directory(parent) if transport in _ARCHIVES else nullcontext()
    with whole_name(path) as place, large_files as directory:
        try:
            yield f"{transport}:{place}{colon}{name}", ["--tmpdir", directory] if directory else []
        except ProgramFailed as error:
            raise ProgramFailed(error.what, error.where, error.remedy.replace(place, path)) from error
