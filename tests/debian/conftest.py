"""What stands for the world in a fresh Debian whose network is the loopback alone. See `run` beside this."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.registry import Registry, make_certificate, registry_server
from tests.support.server import running
from tests.support.tools import need, output


@pytest.fixture(scope="session", autouse=True)
def no_cache() -> None:
    """Nothing is to be had from Nix's cache, and nobody waits until that is known."""
    configuration = Path("/etc/nix/nix.conf")
    configuration.parent.mkdir(exist_ok=True)
    with configuration.open("a") as settings:
        settings.write("\nsubstituters =\n")


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """registry.example: this machine knows its address and trusts its certificate."""
    directory = tmp_path_factory.mktemp("registry")
    certificate = make_certificate(directory, "DNS:registry.example")
    with Path("/etc/hosts").open("a") as hosts:
        hosts.write("127.0.0.1 registry.example\n")
    Path("/usr/local/share/ca-certificates/registry.crt").write_bytes(certificate.file.read_bytes())
    output(need("update-ca-certificates"))
    with registry_server(directory, certificate=certificate, port=443) as started:
        yield started


@pytest.fixture(scope="session")
def dockerd(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The daemon as the machine's service runs it; names and certificates are looked up when it starts."""
    log = tmp_path_factory.mktemp("dockerd") / "log"
    with running([need("dockerd")], log, Path("/var/run/docker.sock").exists):
        yield
