"""Registries that do not let everybody in, for tests of what Nix fetches from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.registry import Certificate, Registry, make_certificate, registry_server, write_auth_file


@pytest.fixture(scope="session")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that wants a password."""
    with registry_server(tmp_path_factory.mktemp("private"), login=True) as started:
        yield started


@pytest.fixture
def auth_file(private: Registry, tmp_path: Path) -> Path:
    """The credentials for `private`."""
    return write_auth_file(tmp_path / "auth.json", private)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A throw-away CA, that of `encrypted`."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def encrypted(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[Registry]:
    """A registry that speaks TLS."""
    with registry_server(tmp_path_factory.mktemp("tls"), certificate=certificate) as started:
        yield started
