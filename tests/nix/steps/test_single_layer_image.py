"""The step `single-layer-image`, on a base that holds what is in the store here."""

from __future__ import annotations

from pathlib import Path

from nixdock_hook.images.recipe import read_recipe
from nixdock_hook.layers.source import StoreSource
from nixdock_hook.trees.identity import path_digest
from tests.support.images import sha256
from tests.support.nix import Nix
from tests.support.nix_bases import node
from tests.support.recipes import recipe, recipe_file, tree
from tests.support.specs import image_spec

from .conftest import Build


def test_only_what_it_holds_whole_counts(build: Build, tmp_path: Path, nix: Nix) -> None:
    trees = tree(tmp_path / "whole", {"file": "1"}), tree(tmp_path / "part", {"file": "2"})
    whole, part = map(Path, nix("nix-store", "--add", *trees).splitlines())
    holds = {whole.name: path_digest(str(whole)), part.name: sha256(b"a listing with fewer files")}
    base = recipe_file(tmp_path / "base", recipe(base_holds=holds))
    graph = {"closure": [node(str(whole)), node(str(part))]}
    layering = {"maxLayers": 1, "hints": {"often": [], "together": [], "apart": []}}
    image = read_recipe(
        str(
            build.run(
                "single_layer_image",
                image_spec(base=str(base), **layering),
                graph,
            )
        )
    )
    assert image.layers[-1].source == StoreSource((str(part),))
    assert image.base_holds == holds
