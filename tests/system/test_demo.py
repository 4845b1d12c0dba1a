"""The main job: `nix-build -A image`, `docker load`, a container that answers."""

from __future__ import annotations

from tests.support.docker import Docker
from tests.support.nix import Nix

from .loader import Loader

DEMO = "nixdock.image"


def test_the_container_serves_a_page_that_names_its_layers(load: Loader, docker: Docker) -> None:
    _, reference = load(DEMO)
    with docker.container(reference) as container:
        page = container.get("http://127.0.0.1:8080/").decode()
    assert "nixdock" in page
    assert "/nix/store/" in page


def test_docker_sees_the_layers_of_the_recipe(load: Loader, docker: Docker) -> None:
    image, reference = load(DEMO)
    assert docker.layers(reference) == image.diff_ids
    assert len(set(image.diff_ids)) == len(image.diff_ids)


def test_the_history_has_one_entry_for_each_layer(load: Loader, docker: Docker) -> None:
    image, reference = load(DEMO)
    entries = docker.history(reference)
    assert len(entries) == len(image.recipe["layers"])
    assert all("nixdock" in entry["CreatedBy"] for entry in entries)
    assert docker.inspect(reference)["Created"] == "1970-01-01T00:00:01Z"


def test_stream_and_archive_are_the_same_image(load: Loader, docker: Docker, nix: Nix) -> None:
    image, reference = load(DEMO)
    from_archive = docker.image_id(reference)
    docker.remove(reference)
    assert docker.load_stream(nix.build("image.stream")) == reference
    assert docker.image_id(reference) == from_archive
    assert docker.layers(reference) == image.diff_ids
