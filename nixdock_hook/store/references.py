"""Which store paths some bytes mention, found as Nix finds them (src/libstore/references.cc)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

_LENGTH = 32
_HASH_PART = re.compile(rb"[0-9a-df-np-sv-z]{%d,}" % _LENGTH)


def hash_part(path: str) -> bytes:
    """The hash part of a store path: what Nix looks for, because programs may keep it apart from the rest."""
    return os.path.basename(path)[:_LENGTH].encode()


class ReferenceScanner:
    """Looks for the hash parts of `paths` in a stream. found: those of the paths that were seen so far."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = {hash_part(path): path for path in paths}
        self._tail = b""
        self.found: set[str] = set()

    def feed(self, data: bytes) -> None:
        """The next piece of the stream; a hash part may begin in one piece and end in another."""
        data = self._tail + data
        for run in _HASH_PART.finditer(data):
            for start in range(run.start(), run.end() - _LENGTH + 1):
                path = self._paths.get(data[start : start + _LENGTH])
                if path is not None:
                    self.found.add(path)
        self._tail = data[-_LENGTH + 1 :]
