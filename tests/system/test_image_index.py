"""buildIndex: images for several platforms under one name, through the clients of registries and layouts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import error_of, nixdock
from tests.support.docker import Docker
from tests.support.nix import Nix
from tests.support.pushing import WITH_SKOPEO
from tests.support.registry import Registry
from tests.support.serving import Serving, serving
from tests.support.skopeo import Skopeo
from tests.support.tools import output

INDEX = "application/vnd.oci.image.index.v1+json"
PLATFORMS = ["amd64", "arm64"]


@pytest.fixture(scope="module")
def index(nix: Nix) -> Path:
    return nix.build("examples.index.recipe")


@pytest.fixture(scope="module")
def served(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("serve") / "log", index) as started:
        yield started


def platforms(skopeo: Skopeo, location: str) -> list[str]:
    """The architectures that the index at a location names; each of its images has to be there."""
    raw = skopeo.inspect(location, "--raw")
    assert raw["mediaType"] == INDEX
    for entry in raw["manifests"]:
        architecture = entry["platform"]["architecture"]
        command = (skopeo.program, "--override-arch", architecture, "inspect", "--tls-verify=false", "--config")
        assert json.loads(output(*command, location))["architecture"] == architecture
    return [entry["platform"]["architecture"] for entry in raw["manifests"]]


@pytest.mark.parametrize("option", [(), ("--platform", "linux/arm64")])
def test_docker_pulls_the_image_that_fits(served: Serving, docker: Docker, option: tuple[str, ...]) -> None:
    [reference] = served.references
    docker("pull", "--quiet", *option, reference)
    wanted = "arm64" if option else "amd64"
    assert docker.inspect(reference)["Architecture"] == wanted
    container = docker("create", *(option or ("--platform", "linux/amd64")), reference, "never-run").strip()
    assert wanted.encode() in output(docker.client, "--host", docker.host, "cp", f"{container}:/etc/platform", "-")
    docker("rm", container)
    docker.remove(reference)


def test_skopeo_copies_all_of_it(served: Serving, skopeo: Skopeo, tmp_path: Path) -> None:
    skopeo.copy(f"docker://{served.references[0]}", f"dir:{tmp_path}/copy", "--all")
    copied = json.loads((tmp_path / "copy/manifest.json").read_bytes())
    assert copied == skopeo.inspect(f"docker://{served.references[0]}", "--raw")


def test_it_is_pushed_with_all_its_platforms(nix: Nix, registry: Registry, skopeo: Skopeo) -> None:
    program = nix.build("examples.index.copyToRegistry")
    name = f"{registry.host}/team/index:1"
    output(program, name, "--quiet")
    assert platforms(skopeo, f"docker://{name}") == PLATFORMS


@pytest.mark.parametrize("options", [(), WITH_SKOPEO])
def test_a_second_push_moves_nothing(index: Path, registry: Registry, options: tuple[str, ...]) -> None:
    place = f"docker://{registry.host}/twice{len(options)}/index:1"
    first, second = (nixdock("copy", index, place, *options) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stderr.startswith(b"nixdock: compressing 2 of 2 layers, ")
    assert second.stderr.count(b"\n") == 1 and b": 2 of 2 layers were there, 0 B moved " in second.stderr


def test_docker_pulls_what_was_pushed(index: Path, registry: Registry, docker: Docker) -> None:
    reference = f"{registry.host}/pulled/index:1"
    assert nixdock("copy", "-q", index, f"docker://{reference}").returncode == 0
    docker("pull", "--quiet", reference)
    assert docker.inspect(reference)["Architecture"] == "amd64"
    docker.remove(reference)


def test_a_layout_from_nix(nix: Nix, skopeo: Skopeo, tmp_path: Path) -> None:
    layout = nix.build("examples.index.ociLayout")
    assert platforms(skopeo, f"oci:{layout}:latest") == PLATFORMS
    skopeo.copy(f"oci:{layout}:latest", f"dir:{tmp_path}/copy", "--all")  # it checks all digests


def test_a_layout_through_skopeo(index: Path, skopeo: Skopeo, tmp_path: Path) -> None:
    place = f"oci:{tmp_path}/layout:1"
    done = nixdock("copy", "-q", index, place)
    assert done.returncode == 0, done.stderr
    assert platforms(skopeo, place) == PLATFORMS


@pytest.mark.parametrize(
    ("command", "holder"),
    [
        (("stream",), "a docker-archive"),
        (("archive", "FILE"), "a docker-archive"),
        (("copy", "docker-archive:FILE"), "a docker-archive"),
        (("copy", "docker-daemon:"), "docker-daemon:"),
    ],
)
def test_what_has_no_place_for_several_platforms(
    index: Path, tmp_path: Path, command: tuple[str, ...], holder: str
) -> None:
    name, *rest = (word.replace("FILE", f"{tmp_path}/file") for word in command)
    error = f"{holder} cannot hold an index of 2 platforms in {index}: give it the image of"
    assert error_of(name, index, *rest).startswith(error)
    assert list(tmp_path.iterdir()) == []


def test_a_tag_by_default_is_the_hash(nix: Nix) -> None:
    body = 'nixdock.buildIndex { name = "Team/App"; images = [ nixdock.examples.hello ]; }'
    assert json.loads(nix.evaluate(f"({body}).imageName")) == "team/app"
    assert json.loads(nix.evaluate(f"({body}).imageTag")) == Path(nix.path(body)).name[:32]


@pytest.mark.parametrize(
    ("images", "says"),
    [
        ("nixdock.examples.hello", "nixdock: buildIndex: images is a set, not a list: write images = ["),
        ("[ pkgs.hello ]", "has no recipe: give it to buildImage as fromImage"),
        ("[ ]", "nixdock: error: an index of no image in `images`: give it"),
        ("(with nixdock.examples; [ hello shell ])", "nixdock: error: two images are for linux/amd64: /nix/store/"),
    ],
)
def test_what_cannot_be_an_index(nix: Nix, images: str, says: str) -> None:
    assert says in nix.fails(f'nixdock.buildIndex {{ name = "app"; tag = "1"; images = {images}; }}')
