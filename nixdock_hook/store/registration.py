"""Registrations of store paths from several places, joined to those of one image. Pure: no file is read here."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping

from .closure import PathInfo, reachable

Registrations = Mapping[str, PathInfo]
"""Store path → what is known about it."""


def closed(registrations: Registrations, others: Container[str]) -> dict[str, PathInfo]:
    """The registrations all of whose references, and theirs in turn, are registered here or among `others`.

    Nix calls a path valid only together with its closure.
    """
    kept = dict(registrations)
    while lacking := [path for path, info in kept.items() if not _registered(info.references, kept, others)]:
        for path in lacking:
            del kept[path]
    return kept


def gc_roots(registrations: Registrations, wanted: Iterable[str]) -> list[str]:
    """The paths to make gcroots of so that nothing is garbage, sorted: the wanted ones, and what they do not reach.

    Of the latter only those that no other path refers to. A container wins no space by deleting what a layer holds.
    """
    roots = sorted(set(wanted))
    unreached = registrations.keys() - reachable(roots, lambda path: registrations[path].references)
    referred = {name for path in unreached for name in registrations[path].references if name != path}
    return sorted({*roots, *(unreached - referred)})


def _registered(references: Iterable[str], registrations: Collection[str], others: Container[str]) -> bool:
    return all(reference in registrations or reference in others for reference in references)
