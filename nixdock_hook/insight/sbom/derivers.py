"""What the derivations say that made the store paths of this machine, where Nix still has them."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ...store.registered import registered
from .build_facts import BuildFacts, build_facts
from .derivations import Derivation, read_derivation


def facts_of_derivers(paths: Iterable[str]) -> dict[str, BuildFacts]:
    """Return what is known of these store paths by their derivations, and by those of their sources and patches.

    Nothing for paths that Nix does not know, or whose derivation it does not have.
    """
    derivers = {info.deriver for info in registered(paths).values() if info.deriver}
    made = _read(derivers)
    return build_facts({**_read({path for one in made.values() for path in one.inputs}), **made})


def _read(paths: Iterable[str]) -> dict[str, Derivation]:
    return {path: read_derivation(path) for path in sorted(paths) if os.path.exists(path)}
