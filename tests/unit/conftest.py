"""Recipes of unit tests have their layers in temporary directories, which are a store here."""

from __future__ import annotations

import pytest

from nixdock_hook.store import place
from tests.support.command import STORES


@pytest.fixture(autouse=True)
def stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "ROOTS", STORES)
