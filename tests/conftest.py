"""Fixtures of every test directory: the real Nix, docker, registry and skopeo. See tests/support."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.support.docker import Docker, docker_daemon
from tests.support.nix import Nix, nix_environment
from tests.support.registry import Registry, registry_server
from tests.support.skopeo import Skopeo
from tests.support.time_limit import most_seconds, time_limit
from tests.support.tools import need


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """End a test that hangs."""
    with time_limit(most_seconds(item.path, Path(__file__).parent)):
        return (yield)


@pytest.fixture(scope="session")
def nix() -> Nix:
    """nix-build and its relatives, sandboxed, with the embedded package set."""
    need("nix-build")
    return Nix(nix_environment())


@pytest.fixture(scope="session")
def docker() -> Iterator[Docker]:
    """A docker daemon of our own; its containers have no network but their own loopback."""
    with docker_daemon() as started:
        yield started


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A docker-registry on 127.0.0.1 that accepts pushes."""
    with registry_server(tmp_path_factory.mktemp("registry")) as started:
        yield started


@pytest.fixture(scope="session")
def skopeo() -> Skopeo:
    """The unpatched skopeo."""
    return Skopeo(need("skopeo"))
