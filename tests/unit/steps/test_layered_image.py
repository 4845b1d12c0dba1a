from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.images.recipe import Recipe, read_recipe
from nixdock_hook.layers.hashing import hash_layer
from nixdock_hook.layers.source import StoreSource
from tests.support.recipes import recipe, recipe_file, store_layer, tree
from tests.support.specs import image_spec

from .conftest import Build

HASH = "0" * 32

NO_HINTS: dict[str, list[Any]] = {"often": [], "together": [], "apart": []}
# Every chain of references ends at libc; app and tool are what nothing refers to.
REFERENCES = {"app": ["lib", "libc"], "lib": ["libc"], "libc": [], "tool": ["libc"]}


@pytest.fixture
def closure(tmp_path: Path) -> Mapping[str, Path]:
    """Four packages as store paths; name → path."""
    return {name: tree(tmp_path / f"{HASH}-{name}", {f"share/{name}": name}) for name in REFERENCES}


def made(
    build: Build, closure: Mapping[str, Path], graph: Sequence[Mapping[str, Any]] | None = None, **changes: Any
) -> Recipe:
    graph = graph or [
        {
            "path": str(path),
            "references": [str(closure[reference]) for reference in REFERENCES[name]],
            "narHash": "sha256:0",
            "narSize": 1,
        }
        for name, path in closure.items()
    ]
    spec = image_spec(**{"dirlinks": "link", "maxLayers": 100, "hints": NO_HINTS, "pipeline": None, **changes})
    return read_recipe(str(build.run("layered_image", spec, {"closure": graph})))


def packages(image: Recipe) -> list[list[str]]:
    """For each layer, the names of its store paths."""
    return [
        [os.path.basename(path).partition("-")[2] for path in layer.source.paths]
        for layer in image.layers
        if isinstance(layer.source, StoreSource)
    ]


def test_the_most_stable_paths_come_first_the_customisation_last(build: Build, closure: Mapping[str, Path]) -> None:
    image = made(build, closure)
    assert packages(image) == [["libc"], ["lib"], ["app"], ["tool"], []]
    assert len(image.history()) == 5


def test_a_layers_digest_follows_from_its_paths_alone(
    build: Build, closure: Mapping[str, Path], tmp_path: Path
) -> None:
    root = tree(tmp_path / "root", {"etc/a": "a"})
    layer = made(build, closure, root=[str(root)]).layers[0]
    assert layer.source == StoreSource((str(closure["libc"]),))
    assert (layer.diff_id, layer.size) == hash_layer(layer.source)
    assert layer.diff_id == store_layer(closure["libc"]).diff_id


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (5, [["libc"], ["lib"], ["app"], ["tool"], []]),
        (4, [["libc"], ["app", "lib"], ["tool"], []]),
        (3, [["libc"], ["app", "lib", "tool"], []]),
        (2, [["app", "lib", "libc", "tool"], []]),
    ],
)
def test_what_changes_alike_shares_a_layer(
    build: Build, closure: Mapping[str, Path], most: int, expected: Sequence[Sequence[str]]
) -> None:
    assert packages(made(build, closure, maxLayers=most)) == expected


def test_hints_reach_the_plan(build: Build, closure: Mapping[str, Path]) -> None:
    hints = NO_HINTS | {"apart": [str(closure["libc"])], "together": [[str(closure["lib"]), str(closure["tool"])]]}
    assert packages(made(build, closure, hints=hints)) == [["libc"], ["app"], ["lib", "tool"], []]


def test_hints_of_another_form_are_said(build: Build, closure: Mapping[str, Path]) -> None:
    with pytest.raises(InvalidInput, match="^no hints .* in layerHints: write "):
        made(build, closure, hints=NO_HINTS | {"never": []})


def test_too_small_a_maximum_says_which_one_works(build: Build, closure: Mapping[str, Path]) -> None:
    with pytest.raises(InvalidInput) as caught:
        made(build, closure, maxLayers=1)
    error = "maxLayers = 1 is too small: this image takes at least 2 layers: set maxLayers to 2 or more"
    assert str(caught.value) == error


def test_a_maximum_that_is_no_number(build: Build, closure: Mapping[str, Path]) -> None:
    with pytest.raises(InvalidInput, match=r"^maxLayers = '5': give it a number, without quotes$"):
        made(build, closure, maxLayers="5")


def test_without_store_paths_one_layer_is_enough(build: Build) -> None:
    assert packages(made(build, {}, maxLayers=1)) == [[]]


def test_a_pipeline_says_which_paths_share_a_layer(build: Build, closure: Mapping[str, Path]) -> None:
    image = made(build, closure, pipeline=[["popularity_contest"], ["limit_layers", 2]])
    assert packages(image) == [["libc"], ["app", "lib", "tool"], []]


def test_a_pipeline_is_not_limited_by_max_layers(build: Build, closure: Mapping[str, Path]) -> None:
    image = made(build, closure, pipeline=[["popularity_contest"]], maxLayers=2)
    assert packages(image) == [["libc"], ["lib"], ["app"], ["tool"], []]


def test_a_pipeline_without_operations_makes_one_layer(build: Build, closure: Mapping[str, Path]) -> None:
    assert packages(made(build, closure, pipeline=[])) == [["app", "lib", "libc", "tool"], []]


def test_a_pipeline_in_a_file(build: Build, closure: Mapping[str, Path], tmp_path: Path) -> None:
    file = tmp_path / "pipeline.json"
    file.write_text(json.dumps([["split_paths", [str(closure["lib"])]], ["over", "main", ["split_every", 1]]]))
    assert packages(made(build, closure, pipeline=str(file))) == [["lib"], ["libc"], ["app", "tool"], []]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[", "layeringPipeline is not JSON"),
        ("[" * 100_000, "layeringPipeline is not JSON"),
        ('[["split_every", NaN]]', "layeringPipeline is not JSON .*NaN is no number"),
        ('[["split_paths", ["\\ud800"]]]', "layeringPipeline is not JSON .*lone surrogate"),
        ('{"popularity_contest": []}', "there is no list of operations"),
        ('"popularity_contest"', "there is no list of operations"),
        (None, "layeringPipeline cannot be read"),
    ],
)
def test_a_file_that_is_no_pipeline_is_named(build: Build, tmp_path: Path, text: str | None, says: str) -> None:
    file = tmp_path / "pipeline.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(InvalidInput, match=f"^{says}.* in {file}: write it like "):
        made(build, {}, pipeline=str(file))


def test_a_pipeline_that_is_no_list_is_said(build: Build) -> None:
    with pytest.raises(InvalidInput, match="^there is no list of operations in layeringPipeline: write it like "):
        made(build, {}, pipeline={"popularity_contest": []})


def test_parts_of_a_fixed_size_are_cut_from_the_small_paths_on(build: Build, closure: Mapping[str, Path]) -> None:
    graph = [
        {"path": str(path), "references": [], "narHash": "sha256:0", "narSize": size}
        for size, path in zip((4, 1, 3, 2), closure.values(), strict=True)
    ]
    image = made(build, closure, graph=graph, pipeline=[["split_every", 2]])
    assert packages(image) == [["lib", "tool"], ["app", "libc"], []]


class TestOnABase:
    def test_its_paths_take_no_new_layer(self, build: Build, closure: Mapping[str, Path], tmp_path: Path) -> None:
        base = recipe_file(tmp_path / "base", recipe(store_layer(closure["libc"], closure["lib"])))
        image = made(build, closure, base=str(base))
        assert packages(image) == [["libc", "lib"], ["tool"], ["app"], []]

    def test_its_layers_count(self, build: Build, closure: Mapping[str, Path], tmp_path: Path) -> None:
        base = str(recipe_file(tmp_path / "base", recipe(*[store_layer(closure["libc"])] * 2)))
        assert packages(made(build, closure, base=base, maxLayers=4)) == [
            *(["libc"], ["libc"], ["app", "lib", "tool"], []),
        ]
        with pytest.raises(InvalidInput, match="takes at least 4 layers, of which the base image has 2: "):
            made(build, closure, base=base, maxLayers=3)
