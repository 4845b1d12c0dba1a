"""Steps that start Nix, run in this process."""

from __future__ import annotations

import pytest

from nixdock_hook.store import place
from tests.support.build import Build, build
from tests.support.command import STORES
from tests.support.nix import nix_environment
from tests.support.tools import need

__all__ = ["Build", "build"]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nix's own, and a store of what is in temporary directories, too."""
    need("nix-store")
    for name, value in nix_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(place, "ROOTS", STORES)
