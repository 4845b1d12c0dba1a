"""What tests on images in a real docker share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.containerd import Containerd, containerd_daemon
from tests.support.docker import Docker
from tests.support.nix import Nix
from tests.support.podman import Podman, podman_storage

from .loader import Loader


@pytest.fixture(scope="session")
def load(nix: Nix, docker: Docker) -> Loader:
    """Builds an image's expression and loads it into docker, once."""
    return Loader(nix, docker)


@pytest.fixture
def podman() -> Iterator[Podman]:
    """podman with an empty storage."""
    with podman_storage() as started:
        yield started


@pytest.fixture
def containerd() -> Iterator[Containerd]:
    """A containerd without images."""
    with containerd_daemon() as started:
        yield started
