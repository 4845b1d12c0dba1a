"""`IMAGE.stream | docker load`, and its options."""

from __future__ import annotations

from tests.support.docker import Docker
from tests.support.nix import Nix

from .loader import Loader


def test_another_name_for_the_same_image(load: Loader, docker: Docker, nix: Nix) -> None:
    _, reference = load("nixdock.examples.hello")
    stream = nix.build("examples.hello.stream")
    assert docker.load_stream(stream, "--repo-tag", "other.example/name:2") == "other.example/name:2"
    assert docker.load_stream(stream, "-t", "third:3") == "third:3"
    assert docker.image_id("other.example/name:2") == docker.image_id("third:3") == docker.image_id(reference)


def test_no_tag_is_the_hash_of_the_archive_in_the_stream_too(load: Loader, docker: Docker, nix: Nix) -> None:
    image, reference = load("nixdock.examples.named")
    docker.remove(reference)
    assert docker.load_stream(nix.build("examples.named.stream")) == reference
    assert reference == f"registry.example:5000/team/named:{image.archive.name.split('-')[0]}"
    assert docker.inspect(reference)["Created"] == "2001-02-03T04:05:06Z"
