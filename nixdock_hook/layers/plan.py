"""Which store paths go into which new layer. Pure: no file is read here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

Held = Mapping[str, str | None]
"""What parent layers hold: store path -> the listing digest of what they have of it, None where they have all of it."""


def subtract(paths: Iterable[str], held: Held, listing_digest: Callable[[str], str]) -> tuple[str, ...]:
    """The paths that no parent layer holds whole, sorted.

    A base image from elsewhere may hold a part of a store path (one file copied, something deleted): only an equal
    listing counts. `listing_digest` computes that of a path here; it is asked for held paths alone.
    """
    return tuple(
        path
        for path in sorted(set(paths))
        if path not in held or (held[path] is not None and held[path] != listing_digest(path))
    )
