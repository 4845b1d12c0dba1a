"""What tests on images in a real docker share."""

from __future__ import annotations

import pytest

from tests.support.docker import Docker
from tests.support.nix import Nix

from .loader import Loader


@pytest.fixture(scope="session")
def load(nix: Nix, docker: Docker) -> Loader:
    """Builds an image's expression and loads it into docker, once."""
    return Loader(nix, docker)
