"""Which store paths some bytes mention, found as Nix finds them (src/libstore/references.cc)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

_LENGTH = 32
_HASH_PART = re.compile(rb"[0-9a-df-np-sv-z]{%d,}" % _LENGTH)


def by_hash_part(paths: Iterable[str]) -> dict[bytes, str]:
    """Hash part → store path. Nix looks for the former alone, because programs may keep it apart from the rest."""
    return {os.path.basename(path)[:_LENGTH].encode(): path for path in paths}


class ReferenceScanner:
    """Looks for store paths, given as `by_hash_part` has them, in a stream. found: those that were seen so far."""

    def __init__(self, paths: Mapping[bytes, str]) -> None:
        self._paths = paths
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
