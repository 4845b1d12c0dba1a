"""mergeImages: one archive that docker and skopeo read several images from."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from tests.support.docker import Docker
from tests.support.images import docker_archive, gunzip, layer
from tests.support.nix import Nix
from tests.support.skopeo import Skopeo
from tests.support.tools import need, output

from .loader import Loader

HELLO = "Hello, world!\n"
ONE, TWO = (layer({"file": content}) for content in (b"one", b"two"))


def merge(nix: Nix, *images: str | Path) -> Path:
    """Build the merged archive of expressions; a Path of Python is a path of Nix."""
    return nix.build_expression(f"dockerTools.mergeImages [ {' '.join(f'({image})' for image in images)} ]")


def test_every_image_of_it_loads_and_runs(nix: Nix, docker: Docker, load: Loader) -> None:
    """Among them one with a registry and no tag, and one whose files belong to a user."""
    names = ("hello", "named", "owned")
    references = [load(f"nixdock.examples.{name}")[1] for name in names]
    identifiers = [docker.image_id(reference) for reference in references]
    docker.remove(*references)
    docker.load(merge(nix, *(f"nixdock.examples.{name}" for name in names)))
    assert [docker.image_id(reference) for reference in references] == identifiers
    assert [docker.run(reference) for reference in references] == [HELLO, HELLO, "1000:1000\n"]


def test_the_archives_of_its_images_are_not_built(nix: Nix) -> None:
    [merged] = nix.derivations("nixdock.examples.merged")
    [archive] = nix.derivations("nixdock.examples.hello")
    assert archive not in nix("nix-store", "--query", "--requisites", merged).split()


def test_archives_of_any_compressor_and_of_several_images(nix: Nix, docker: Docker, tmp_path: Path) -> None:
    docker.load(docker_archive(tmp_path / "one.tar", [ONE], tags=["one:1", "one:latest"]))
    docker.load(docker_archive(tmp_path / "two.tar", [ONE, TWO], tags=["registry.example/two:2"]))
    identifiers = {name: docker.image_id(name) for name in ("one:1", "one:latest", "registry.example/two:2")}
    docker("save", "--output", tmp_path / "saved.tar", *identifiers)
    output(need("zstd"), "-q", tmp_path / "saved.tar")
    docker.remove(*identifiers)
    docker.load(merge(nix, tmp_path / "saved.tar.zst", "nixdock.examples.zstd.outPath", "nixdock.examples.hello"))
    assert {name: docker.image_id(name) for name in identifiers} == identifiers
    assert docker.run("zstd:latest") == docker.run("hello:latest") == HELLO


def test_a_merged_archive_can_be_merged_again(nix: Nix) -> None:
    hello, shell, once = "nixdock.examples.hello", "nixdock.examples.shell", "nixdock.examples.merged"
    twice = [merge(nix, once, hello), merge(nix, f"{once}.outPath", hello), merge(nix, hello, shell)]
    assert len({archive.read_bytes() for archive in twice}) == 1


def test_streams_are_images_too(nix: Nix, docker: Docker) -> None:
    program = '"${pkgs.hello}/bin/hello"'
    stream = f'dockerTools.streamLayeredImage {{ name = "streamed-in"; tag = "1"; config.Cmd = [ {program} ]; }}'
    docker.load(merge(nix, "nixdock.examples.shell", stream))
    assert docker.run("streamed-in:1") == HELLO


def test_a_base_is_picked_by_name_and_tag(load: Loader, docker: Docker) -> None:
    _, reference = load(
        """dockerTools.buildImage {
          name = "on-merged";
          fromImage = nixdock.examples.merged;
          fromImageName = "shell";
          fromImageTag = "latest";
          config.Cmd = [ "/bin/cat" "/etc/example.conf" ];
        }"""
    )
    assert docker.run(reference) == "answer = 42\n"


def test_skopeo_reads_each_of_its_images(nix: Nix, skopeo: Skopeo, tmp_path: Path) -> None:
    plain = gunzip(nix.build_expression("nixdock.examples.merged"), tmp_path)
    for name in ("hello", "shell"):
        assert skopeo.inspect(f"docker-archive:{plain}:{name}:latest")["Layers"]


def test_the_last_image_of_a_name_has_it_for_every_reader(
    nix: Nix, docker: Docker, skopeo: Skopeo, tmp_path: Path
) -> None:
    first, last = (
        docker_archive(tmp_path / f"{name}.tar", [data], tags=["same:1"], config={"Labels": {"which": name}})
        for name, data in (("first", ONE), ("last", TWO))
    )
    merged = merge(nix, first, last)
    docker.load(merged)
    assert docker.inspect("same:1")["Config"]["Labels"] == {"which": "last"}
    assert skopeo.inspect(f"docker-archive:{gunzip(merged, tmp_path)}:same:1")["Labels"] == {"which": "last"}
    with tarfile.open(merged) as tar:
        assert len([name for name in tar.getnames() if name.endswith("/layer.tar")]) == 2


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("[ ]", "nixdock: mergeImages: the list of images is empty: an archive without an image cannot be loaded"),
        ("nixdock.examples.hello", "the argument is a set, not a list: write mergeImages [ image1 image2 ]"),
        ("[ nixdock.examples.named.recipe ]", "a recipe without a tag in /nix/store/"),
        ("[ ./missing.tar ]", "missing.tar"),
    ],
)
def test_what_cannot_be_merged(nix: Nix, argument: str, message: str) -> None:
    assert message in nix.fails(f"dockerTools.mergeImages ({argument})")
