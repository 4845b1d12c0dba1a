"""buildLayeredImage: a layer for each store path, shared between images, and links to them in the last one."""

from __future__ import annotations

from tests.support.docker import Docker

from .loader import Loader

LAYERED = "nixdock.examples.layered"


def test_each_layer_but_the_last_holds_one_store_path(load: Loader, docker: Docker) -> None:
    image, reference = load(LAYERED)
    held = [layer["source"]["paths"] for layer in image.recipe["layers"]]
    assert {len(paths) for paths in held[:-1]} == {1}
    assert held[-1] == []
    assert docker.layers(reference) == image.diff_ids
    assert len(docker.history(reference)) == len(image.diff_ids)


def test_what_is_at_the_root_are_links_into_the_store(load: Loader, docker: Docker) -> None:
    image, reference = load(LAYERED)
    tree = docker.tree(reference)
    links = {name: member.linkname for name, member in tree.items() if name.startswith("bin/")}
    assert links["bin/hello"].startswith("/nix/store/")
    assert all(target for target in links.values())
    mentioned = {"/".join(target.split("/")[:4]) for target in links.values() if target.startswith("/nix/store/")}
    assert mentioned <= set(image.store_paths)


def test_images_share_the_layers_of_the_paths_they_share(load: Loader) -> None:
    other = 'dockerTools.buildLayeredImage { name = "sharing"; tag = "1"; contents = pkgs.hello; created = "now"; }'
    layered, _ = load(LAYERED)
    sharing, _ = load(other)
    assert sharing.store_paths
    assert set(sharing.diff_ids[:-1]) <= set(layered.diff_ids)


def test_max_layers_counts_all_layers(load: Loader, docker: Docker) -> None:
    image, reference = load("nixdock.examples.bulk")
    assert len(docker.layers(reference)) == 3
    assert [len(layer["source"]["paths"]) > 1 for layer in image.recipe["layers"]] == [True, True, False]
    base, on_top = image, load("nixdock.examples.layeredOnLayered")[0]
    assert on_top.diff_ids[:3] == base.diff_ids
    assert len(on_top.diff_ids) == 5
    assert len(set(on_top.store_paths)) == len(on_top.store_paths)
