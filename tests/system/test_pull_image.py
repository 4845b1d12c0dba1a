"""Pulled images as bases, and as they are, in a real docker."""

from __future__ import annotations

import base64
import hashlib
import json
import tarfile
from pathlib import Path

import pytest

from tests.support.command import nixdock
from tests.support.docker import Docker
from tests.support.foreign import foreign_archive, push
from tests.support.pushing import WITH_SKOPEO
from tests.support.registry import Registry
from tests.support.serving import serving
from tests.support.skopeo import Skopeo
from tests.support.tools import output

from .loader import Loader


@pytest.fixture(scope="module")
def pulled(skopeo: Skopeo, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The expression of an image that is pulled by its digest, all of it learnt from skopeo."""
    directory = tmp_path_factory.mktemp("pulled")
    name = f"{registry.host}/team/base"
    push(skopeo, foreign_archive(directory / "base.tar"), f"{name}:1")
    manifest = output(skopeo.program, "inspect", "--raw", "--tls-verify=false", f"docker://{name}:1")
    skopeo.copy(f"docker://{name}:1", f"docker-archive:{directory}/pulled.tar:pulled:1")
    digest = hashlib.sha256((directory / "pulled.tar").read_bytes()).digest()
    return f"""dockerTools.pullImage {{
      imageName = "{name}";
      imageDigest = "sha256:{hashlib.sha256(manifest).hexdigest()}";
      hash = "sha256-{base64.b64encode(digest).decode()}";
      finalImageName = "pulled";
      finalImageTag = "1";
      tlsVerify = false;
    }}"""


def expect_on_top(docker: Docker, reference: str) -> None:
    """What is of the base and what is new, seen from a container that the base's shell runs in."""
    said = docker.run(reference, "/bin/sh", "-c", "busybox cat /etc/top; echo $WHO; busybox wc -c </marker; hello")
    assert said == "of the top\nbase\n32\nHello, world!\n"


def test_docker_loads_it(load: Loader, docker: Docker, pulled: str) -> None:
    image, reference = load(pulled)
    assert reference == "pulled:1"
    assert docker.layers(reference) == image.diff_ids
    assert docker.run(reference, "/bin/sh", "-c", "busybox wc -c </marker") == "32\n"


def test_build_image_on_top(load: Loader, docker: Docker, pulled: str) -> None:
    contents = 'copyToRoot = [ pkgs.hello (pkgs.writeTextDir "etc/top" "of the top\\n") ];'
    _, reference = load(f'dockerTools.buildImage {{ name = "on-pulled"; tag = "1"; fromImage = {pulled}; {contents} }}')
    expect_on_top(docker, reference)


def test_build_layered_image_on_top(load: Loader, docker: Docker, pulled: str) -> None:
    contents = 'contents = [ pkgs.hello (pkgs.writeTextDir "etc/top" "of the top\\n") ];'
    named = f'name = "layered-on-pulled"; tag = "1"; fromImage = {pulled};'
    _, reference = load(f"dockerTools.buildLayeredImage {{ {named} {contents} }}")
    expect_on_top(docker, reference)


@pytest.fixture(scope="module")
def locked(skopeo: Skopeo, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The expression of an image that a lock file pins."""
    directory = tmp_path_factory.mktemp("locked")
    reference = f"{registry.host}/team/locked:1"
    push(skopeo, foreign_archive(directory / "base.tar"), reference)
    done = nixdock("lock", "--tls-verify=false", reference)
    assert done.returncode == 0, done.stderr.decode()
    (directory / "base.lock.json").write_bytes(done.stdout)
    named = 'finalImageName = "locked"; finalImageTag = "1";'
    return f"dockerTools.pullImage {{ lock = {directory}/base.lock.json; tlsVerify = false; {named} }}"


def test_docker_loads_a_locked_image(load: Loader, docker: Docker, registry: Registry, locked: str) -> None:
    image, reference = load(locked)
    assert docker.layers(reference) == image.diff_ids
    assert docker.image_id(reference) == registry.manifest("team/locked", "1")["config"]["digest"]


@pytest.mark.parametrize(("function", "contents"), [("buildImage", "copyToRoot"), ("buildLayeredImage", "contents")])
def test_on_top_of_a_locked_image(load: Loader, docker: Docker, locked: str, function: str, contents: str) -> None:
    top = f'{contents} = [ pkgs.hello (pkgs.writeTextDir "etc/top" "of the top\\n") ];'
    named = f'name = "{function.lower()}"; tag = "1"; fromImage = {locked};'
    _, reference = load(f"dockerTools.{function} {{ {named} {top} }}")
    expect_on_top(docker, reference)


def test_export_image_of_a_locked_image(load: Loader, locked: str) -> None:
    exported = load.nix.build_expression(f'dockerTools.exportImage {{ name = "x.tar"; fromImage = {locked}; }}')
    with tarfile.open(exported) as tar:
        assert {"./bin/sh", "./marker"} <= set(tar.getnames())


def test_merge_images_with_a_locked_image(load: Loader, docker: Docker, locked: str) -> None:
    merged = load.nix.build_expression(f"dockerTools.mergeImages [ ({locked}) ]")
    docker.load(merged)
    assert docker.run("locked:1", "/bin/sh", "-c", "busybox wc -c </marker") == "32\n"


def test_a_locked_image_is_served_as_the_registry_has_it(
    load: Loader, docker: Docker, registry: Registry, locked: str, skopeo: Skopeo, tmp_path: Path
) -> None:
    recipe = load.nix.build_expression(f"({locked}).recipe")
    original = manifest_of(skopeo, f"docker://{registry.host}/team/locked:1")
    with serving(tmp_path / "log", recipe) as server:
        [reference] = server.references
        assert manifest_of(skopeo, f"docker://{reference}") == original
        docker("pull", "--quiet", reference)
        assert docker.run(reference, "/bin/sh", "-c", "busybox wc -c </marker") == "32\n"


def test_a_locked_image_is_pushed_as_it_came(load: Loader, registry: Registry, locked: str, skopeo: Skopeo) -> None:
    recipe = load.nix.build_expression(f"({locked}).recipe")
    copied = f"docker://{registry.host}/team/copied:1"
    for options in ((), WITH_SKOPEO):
        done = nixdock("copy", "--quiet", str(recipe), copied, *options)
        assert done.returncode == 0, done.stderr.decode()
        assert manifest_of(skopeo, copied) == manifest_of(skopeo, f"docker://{registry.host}/team/locked:1")
    again = nixdock("copy", str(recipe), copied)
    assert b", 0 B moved in " in again.stderr
    assert manifest_of(skopeo, copied) == manifest_of(skopeo, f"docker://{registry.host}/team/locked:1")


def test_a_layout_of_a_locked_image_has_its_manifest(
    load: Loader, registry: Registry, locked: str, skopeo: Skopeo
) -> None:
    layout = load.nix.build_expression(f"({locked}).ociLayout")
    [entry] = json.loads((layout / "index.json").read_text())["manifests"]
    manifest = (layout / "blobs" / entry["digest"].replace(":", "/")).read_bytes()
    assert manifest == manifest_of(skopeo, f"docker://{registry.host}/team/locked:1")


def manifest_of(skopeo: Skopeo, location: str) -> bytes:
    """The bytes of a manifest in a registry."""
    return output(skopeo.program, "inspect", "--raw", "--tls-verify=false", location)
