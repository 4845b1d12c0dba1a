from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.moody_registry import close_all


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """What a test opened is closed."""
    yield
    close_all()
