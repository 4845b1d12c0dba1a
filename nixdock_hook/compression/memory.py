"""Memory that goes back to the system when it is free: several processes compress at once."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import cache
from mmap import MADV_HUGEPAGE, MAP_ANONYMOUS, MAP_PRIVATE, mmap

_MMAP_THRESHOLD = -3  # malloc.h
_LARGE = 1 << 18  # bytes: a larger block is a mapping of its own


def private_memory(size: int) -> mmap:
    """Return memory that goes back to the system with its last reference, and of which only what is used is taken.

    In huge pages, where there are: of small ones a push of 440 MB would have 150,000 cleared for it.
    """
    memory = mmap(-1, size, flags=MAP_PRIVATE | MAP_ANONYMOUS)
    with suppress(OSError):  # from a kernel that has none
        memory.madvise(MADV_HUGEPAGE)
    return memory


@cache
def give_back_at_once() -> None:
    """Have the GNU libc keep no large block that is free: as it is, each one that it sees freed raises its bound."""
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
