from __future__ import annotations

from collections.abc import Iterator

import pytest

from nixdock_hook.registries import session
from tests.support.moody_registry import Moody, moody_registry


@pytest.fixture
def moody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Moody]:
    """A registry that misbehaves as it is told, and for which nobody waits long."""
    monkeypatch.setattr(session, "sleep", lambda _: None)
    with moody_registry() as started:
        yield started
