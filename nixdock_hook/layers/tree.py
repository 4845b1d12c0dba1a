"""Trees of a layer: one form for every path, entries, and the union of several trees at `/`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import InvalidInput
from .source import Owner

Kind = Literal["file", "directory", "symlink", "fifo", "char", "block", "hardlink"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of a layer, without its name.

    mode: the twelve permission bits. size: bytes of content, for files.
    target: what a symlink holds.
    origin: where a file's content is: (path of a file on disk, offset in it).
    owner, mtime: None = the layer's.
    xattrs: (name, value) pairs, sorted.
    """

    kind: Kind
    mode: int
    size: int = 0
    target: bytes = b""
    origin: tuple[bytes, int] = (b"", 0)
    owner: Owner | None = None
    mtime: int | None = None
    device: tuple[int, int] = (0, 0)
    xattrs: tuple[tuple[str, bytes], ...] = ()


def normalise(name: bytes) -> bytes:
    """Bring `./nix/store/x/`, `/nix/store/x` and `nix//store/./x` to one form: `nix/store/x`; the root is b"".

    Raises InvalidInput where `..` climbs above the root.
    """
    parts: list[bytes] = []
    for part in name.split(b"/"):
        if part == b"..":
            if not parts:
                raise InvalidInput(f"{name.decode(errors='replace')!r} climbs out of the root")
            parts.pop()
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/".join(parts)
