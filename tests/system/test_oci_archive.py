"""`nixdock archive --format oci … FILE.tar`: who loads it, and under which name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import nixdock
from tests.support.docker import Docker
from tests.support.nix import Nix
from tests.support.podman import Podman
from tests.support.skopeo import Skopeo

IMAGE = """dockerTools.buildImage {
  name = "team/oci-archive"; tag = "1"; copyToRoot = pkgs.busybox; config.Cmd = [ "/bin/busybox" "echo" "it runs" ];
}"""


@pytest.fixture
def archive(nix: Nix, tmp_path: Path) -> Path:
    recipe = nix.build_expression(f"({IMAGE}).recipe")
    done = nixdock("archive", "--format", "oci", recipe, tmp_path / "image.tar")
    assert done.returncode == 0, done.stderr.decode()
    return tmp_path / "image.tar"


def test_docker(docker: Docker, archive: Path) -> None:
    assert docker.load(archive) == "team/oci-archive:1"
    assert docker.run("team/oci-archive:1") == "it runs\n"


def test_podman(podman: Podman, archive: Path) -> None:
    podman("load", "--input", str(archive))
    [image] = json.loads(podman("image", "inspect", "docker.io/team/oci-archive:1"))
    assert image["Config"]["Cmd"][-1] == "it runs"


@pytest.mark.parametrize("source", ["docker-archive:{}:team/oci-archive:1", "oci-archive:{}:1"])
def test_skopeo(skopeo: Skopeo, archive: Path, source: str, tmp_path: Path) -> None:
    skopeo.copy(source.format(archive), f"dir:{tmp_path}/copy")
    assert json.loads((tmp_path / "copy/manifest.json").read_text())["schemaVersion"] == 2
