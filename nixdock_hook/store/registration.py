"""Registrations of store paths from several places, joined to those of one image. Pure: no file is read here."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from .closure import PathInfo, reachable

Registrations = Mapping[str, PathInfo]
"""Store path → what is known about it."""


def closed(registrations: Registrations, others: Container[str]) -> dict[str, PathInfo]:
    """Return the registrations all of whose references, and theirs in turn, are registered here or among `others`.

    Nix calls a path valid only together with its closure.
    """
    referrers: dict[str, list[str]] = {}
    for path, info in registrations.items():
        for reference in info.references:
            referrers.setdefault(reference, []).append(path)

    def need(path: str) -> Iterable[str]:
        return () if path in others else referrers.get(path, ())

    lost = reachable((path for name in referrers if name not in registrations for path in need(name)), need)
    return {path: info for path, info in registrations.items() if path not in lost}


def gc_roots(registrations: Registrations, wanted: Iterable[str]) -> list[str]:
    """Return the paths to make gcroots of so that nothing is garbage, sorted: the wanted ones, and those beyond reach.

    Of the latter only those that no other path refers to. A container wins no space by deleting what a layer holds.
    """
    roots = sorted(set(wanted))
    unreached = registrations.keys() - reachable(roots, lambda path: registrations[path].references)
    referred = {name for path in unreached for name in registrations[path].references if name != path}
    return sorted({*roots, *(unreached - referred)})
