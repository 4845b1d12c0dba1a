"""`layerCompression`: who loads what the functions make with it, and under which name."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.support.docker import Docker
from tests.support.nix import Nix
from tests.support.podman import Podman
from tests.support.skopeo import Skopeo
from tests.support.tools import output

ARGUMENTS = """
  tag = "1"; layerCompression = "gzip"; config.Cmd = [ "${pkgs.busybox}/bin/busybox" "echo" "it runs" ];
"""
FUNCTIONS = ("buildImage", "buildLayeredImage", "buildImageWithNixDb")


def image(function: str, name: str = "compressed") -> str:
    return f'(dockerTools.{function} {{ name = "{name}"; {ARGUMENTS} }})'


@pytest.mark.parametrize("function", FUNCTIONS)
def test_docker_loads_the_file(nix: Nix, docker: Docker, function: str) -> None:
    archive = nix.build_expression(image(function, function.lower()))
    assert archive.name.endswith(".tar")  # what is compressed already is not compressed again
    with tarfile.open(archive) as tar:
        assert {"oci-layout", "index.json", "manifest.json"} <= set(tar.getnames())
    assert docker.load(archive) == f"{function.lower()}:1"
    assert docker.run(f"{function.lower()}:1") == "it runs\n"
    docker.remove(f"{function.lower()}:1")


def test_a_stream_is_the_file(nix: Nix, docker: Docker) -> None:
    built = image("buildLayeredImage")
    assert output(nix.build_expression(f"{built}.stream")) == nix.build_expression(built).read_bytes()
    assert docker.load_stream(nix.build_expression(image("streamLayeredImage"))) == "compressed:1"
    assert docker.run("compressed:1") == "it runs\n"
    docker.remove("compressed:1")


def test_merged_images_keep_their_names(nix: Nix, docker: Docker) -> None:
    images = " ".join(image("buildImage", name) for name in ("first", "second"))
    archive = nix.build_expression(f'dockerTools.mergeImages {{ images = [ {images} ]; layerCompression = "gzip"; }}')
    docker("load", "--input", archive)
    assert [docker.run(f"{name}:1") for name in ("first", "second")] == ["it runs\n"] * 2
    docker.remove("first:1", "second:1")


def test_podman(nix: Nix, podman: Podman) -> None:
    podman("load", "--input", str(nix.build_expression(image("buildLayeredImage"))))
    [found] = json.loads(podman("image", "inspect", "compressed:1"))
    assert found["Config"]["Cmd"][-1] == "it runs"


@pytest.mark.parametrize("source", ["docker-archive:{}:compressed:1", "oci-archive:{}:1"])
def test_skopeo(nix: Nix, skopeo: Skopeo, tmp_path: Path, source: str) -> None:
    archive = nix.build_expression(image("buildLayeredImage"))
    skopeo.copy(source.format(archive), f"dir:{tmp_path}/copy")
    assert json.loads((tmp_path / "copy/manifest.json").read_text())["schemaVersion"] == 2


def test_it_is_a_base_image(nix: Nix, docker: Docker, tmp_path: Path) -> None:
    archive = nix.build_expression(image("buildImage", "base"))
    child = f'dockerTools.buildImage {{ name = "child"; tag = "1"; fromImage = {archive}; inheritConfig = "all"; }}'
    assert docker.load(nix.build_expression(child)) == "child:1"
    assert docker.run("child:1") == "it runs\n"
    docker.remove("child:1")


def test_the_commands_compress_too(nix: Nix, docker: Docker) -> None:
    program = nix.build_expression(f"{image('buildImage')}.copyToDockerDaemon")
    assert "--layer-compression gzip" in program.read_text()
    output(program, "named:3", "--", "--host", docker.host)
    assert docker.run("named:3") == "it runs\n"
    docker.remove("named:3")
    assert "--layer-compression gzip" in nix.build_expression(f"{image('buildImage')}.serve").read_text()


def test_by_default_nothing_is_said_of_it(nix: Nix) -> None:
    plain = image("streamLayeredImage").replace('layerCompression = "gzip";', "")
    assert "--layer-compression" not in nix.build_expression(plain).read_text()
    stated = nix.build_expression(plain.replace('tag = "1";', 'tag = "1"; layerCompression = "none";'))
    assert stated == nix.build_expression(plain)
