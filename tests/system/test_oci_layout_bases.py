"""Images as skopeo, podman, docker and nixdock write them, as bases."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from tests.support.docker import Docker
from tests.support.foreign import foreign_archive
from tests.support.images import layers_of, sha256
from tests.support.nix import Nix
from tests.support.podman import Podman
from tests.support.skopeo import Skopeo

from .loader import Loader


def on_top_of(base: str) -> str:
    contents = 'copyToRoot = pkgs.writeTextDir "etc/top" "of the top\\n";'
    return f'dockerTools.buildImage {{ name = "on-layout"; tag = "1"; fromImage = {base}; {contents} }}'


def test_a_layout_of_skopeos(load: Loader, docker: Docker, skopeo: Skopeo, tmp_path: Path) -> None:
    archive = foreign_archive(tmp_path / "base.tar")
    skopeo.copy(f"docker-archive:{archive}", f"oci:{tmp_path}/layout:1")
    image, reference = load(on_top_of(f"{tmp_path}/layout"))
    assert [layer["source"]["kind"] for layer in image.recipe["layers"]] == ["blob", "blob", "store"]
    assert docker.run(reference, "/bin/sh", "-c", "busybox cat /etc/top; busybox wc -c </marker") == "of the top\n32\n"


@pytest.mark.parametrize("form", ["docker-archive", "oci-archive", "oci-dir", "docker-dir"])
def test_what_podman_saves(nix: Nix, podman: Podman, form: str, tmp_path: Path) -> None:
    archive = foreign_archive(tmp_path / "base.tar")
    podman("load", "--quiet", "--input", str(archive))
    podman("save", "--quiet", "--format", form, "--output", str(tmp_path / "saved"), "localhost/base:1")
    assert_same_layers(nix, archive, tmp_path / "saved")


@pytest.mark.parametrize("form", ["docker-archive:{}:base:1", "oci:{}:1", "oci-archive:{}:base:1", "dir:{}"])
def test_what_skopeo_copies(nix: Nix, skopeo: Skopeo, form: str, tmp_path: Path) -> None:
    archive = foreign_archive(tmp_path / "base.tar")
    skopeo.copy(f"docker-archive:{archive}", form.format(tmp_path / "saved"))
    assert_same_layers(nix, archive, tmp_path / "saved")


def test_what_docker_saves(nix: Nix, docker: Docker, tmp_path: Path) -> None:
    archive = foreign_archive(tmp_path / "base.tar")
    docker("save", "--output", tmp_path / "saved", docker.load(archive))
    assert_same_layers(nix, archive, tmp_path / "saved")


def assert_same_layers(nix: Nix, archive: Path, saved: Path) -> None:
    """What was saved is the same base as what was loaded, for each function that takes one."""
    wanted = [sha256(data) for data in layers_of(archive)]
    for image in (on_top_of(str(saved)), f"dockerTools.mergeImages [ {saved} ]"):
        found = [sha256(data) for data in layers_of(nix.build_expression(image))]
        assert found[:2] == wanted
    exported = nix.build_expression(f"dockerTools.exportImage {{ fromImage = {saved}; }}")
    with tarfile.open(exported) as tar:
        assert {"./marker", "./bin/sh"} <= set(tar.getnames())


def test_a_layout_of_ours(load: Loader, docker: Docker) -> None:
    base = 'dockerTools.buildImage { name = "x"; tag = "1"; copyToRoot = pkgs.busybox; config.Env = [ "WHO=base" ]; }'
    _, reference = load(on_top_of(f"({base}).ociLayout"))
    assert docker.run(reference, "/bin/sh", "-c", "cat /etc/top; echo $WHO") == "of the top\nbase\n"
