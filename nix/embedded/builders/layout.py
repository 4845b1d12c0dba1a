"""Where a file of a Debian package belongs in a store path.

``bin usr/bin sbin usr/sbin`` become ``bin``; ``lib usr/lib usr/lib/TRIPLET`` become ``lib``; all else keeps its
place under ``usr``. All paths here are relative, without a leading slash.
"""

from __future__ import annotations

import posixpath


def relocate(path: str, triplet: str) -> str | None:
    """Return the place of ``path`` (relative to /usr) in the store path, None for what has no place there.

    >>> relocate("lib/x86_64-linux-gnu/libz.so.1", "x86_64-linux-gnu")
    'lib/libz.so.1'
    """
    first, _, rest = path.partition("/")
    match first:
        case "bin" | "sbin":
            return posixpath.join("bin", rest)
        case "lib":
            second, _, deeper = rest.partition("/")
            return posixpath.join("lib", deeper if second == triplet else rest)
        case "lib64":  # nothing but a link to the loader
            return None
        case _:
            return path


def relocate_absolute(path: str, triplet: str) -> str | None:
    """Return the place of an absolute host path, None where it lies outside of what packages may hold in /usr."""
    if path.startswith("/usr/"):
        return relocate(path.removeprefix("/usr/"), triplet)
    first = path.lstrip("/").partition("/")[0]
    return relocate(path.lstrip("/"), triplet) if first in {"bin", "sbin", "lib"} else None
