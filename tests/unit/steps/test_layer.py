from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.images.recipe import read_layers
from nixdock_hook.images.shared_layers import read_shared_layers
from nixdock_hook.layers.hashing import hash_layer
from nixdock_hook.layers.source import Layer, StoreSource, TarSource
from nixdock_hook.trees.identity import path_digest
from tests.support.recipes import recipe, tree

from .conftest import Build

HASH = "0" * 32


@pytest.fixture
def packages(tmp_path: Path) -> Mapping[str, Path]:
    return {name: tree(tmp_path / f"{HASH}-{name}", {f"share/{name}": name}) for name in ("app", "lib", "libc")}


REFERENCES = {"app": ["lib", "libc"], "lib": ["libc"], "libc": []}


def graph(packages: Mapping[str, Path], names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "path": str(packages[name]),
            "references": [str(packages[reference]) for reference in REFERENCES[name]],
            **{"narHash": "sha256:0", "narSize": 1},
        }
        for name in names
    ]


def made(build: Build, closure: list[dict[str, Any]], number: int = 0, **changes: Any) -> Path:
    plain: dict[str, Any] = {
        "root": [],
        "dirlinks": "conflict",
        "config": None,
        "layers": [],
        "perms": [],
        "ignore": None,
    }
    plain |= {"maxLayers": 1, "reproducible": True, "metadata": {}}
    plain |= {"hints": {"often": [], "together": [], "apart": []}}
    numbered = Build(build.top, build.out.with_name(f"{build.out.name}-{number}"))
    return numbered.run("layer", plain | changes, {"closure": closure})


def names(layers: Sequence[Layer]) -> list[list[str]]:
    return [
        [os.path.basename(path)[33:] for path in layer.source.paths]
        for layer in layers
        if isinstance(layer.source, StoreSource)
    ]


def test_one_layer_with_all_of_the_closure_and_what_goes_to_the_root(
    build: Build, packages: Mapping[str, Path]
) -> None:
    root = tree(build.top.parent / "root", {"etc/x": "1"})
    [layer] = read_layers(str(made(build, graph(packages, ["app", "lib", "libc"]), root=[str(root)])))
    assert names([layer]) == [["app", "lib", "libc"]]
    assert isinstance(layer.source, StoreSource) and layer.source.root == (str(root),)
    assert (layer.diff_id, layer.size) == hash_layer(layer.source)
    assert layer.history.created_by == "nixdock buildLayer"


def test_several_layers_the_application_in_one_of_its_own(build: Build, packages: Mapping[str, Path]) -> None:
    layers = read_layers(str(made(build, graph(packages, ["app", "lib", "libc"]), maxLayers=2)))
    assert names(layers) == [["libc"], ["app", "lib"]]


def test_nested_layers_come_along_and_are_not_repeated(build: Build, packages: Mapping[str, Path]) -> None:
    libc = made(build, graph(packages, ["libc"]), 1)
    lib = made(build, graph(packages, ["lib", "libc"]), 2, layers=[str(libc)])
    app = made(build, graph(packages, ["app", "lib", "libc"]), 3, layers=[str(lib), str(libc)])
    assert names(read_layers(str(app))) == [["libc"], ["lib"], ["app"]]


def test_siblings_that_overlap_hold_each_path_once(build: Build, packages: Mapping[str, Path]) -> None:
    first = made(build, graph(packages, ["lib", "libc"]), 1)
    second = made(build, graph(packages, ["app", "libc"]), 2)
    layers = read_shared_layers([str(first), str(second)], {})
    assert names(layers) == [["lib", "libc"], ["app"]]
    assert layers[0] == read_layers(str(first))[0]
    assert (layers[1].diff_id, layers[1].size) == hash_layer(StoreSource((str(packages["app"]),)))


def test_what_is_held_below_already_comes_from_there(build: Build, packages: Mapping[str, Path]) -> None:
    libc = made(build, graph(packages, ["libc"]))
    assert read_shared_layers([str(libc)], {str(packages["libc"]): None}) == []


def test_what_a_base_of_others_holds_in_part_stays(build: Build, packages: Mapping[str, Path]) -> None:
    layers = made(build, graph(packages, ["lib", "libc"]))
    whole, part = path_digest(str(packages["lib"])), "sha256:of a part"
    held = {str(packages["lib"]): whole, str(packages["libc"]): part}
    assert names(read_shared_layers([str(layers)], held)) == [["libc"]]


def test_an_ignored_path_is_left_out(build: Build, packages: Mapping[str, Path]) -> None:
    layers = read_layers(str(made(build, graph(packages, ["lib", "libc"]), ignore=str(packages["lib"]))))
    assert names(layers) == [["libc"]]


def test_what_is_not_reproducible_is_kept_as_a_tar(build: Build, packages: Mapping[str, Path]) -> None:
    out = made(build, graph(packages, ["libc"]), reproducible=False)
    [layer] = read_layers(str(out))
    assert layer.source == TarSource(str(out / "0.tar"), (str(packages["libc"]),))
    assert (layer.diff_id, layer.size) == hash_layer(StoreSource((str(packages["libc"]),)))
    assert (out / "0.tar").stat().st_size == layer.size


def test_what_a_kept_tar_holds_is_not_repeated(build: Build, packages: Mapping[str, Path]) -> None:
    libc = made(build, graph(packages, ["libc"]), 1, reproducible=False)
    layers = read_layers(str(made(build, graph(packages, ["lib", "libc"]), 2, layers=[str(libc)])))
    assert layers[0] == read_layers(str(libc))[0]
    assert names(layers[1:]) == [["lib"]]
    assert recipe(*layers).held() == {str(packages["libc"]): None, str(packages["lib"]): None}


def test_metadata_is_the_history(build: Build, packages: Mapping[str, Path]) -> None:
    metadata = {"created_by": "me", "author": "I", "comment": "why"}
    [layer] = read_layers(str(made(build, graph(packages, ["libc"]), metadata=metadata)))
    assert (layer.history.created_by, layer.history.author, layer.history.comment) == ("me", "I", "why")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metadata": {"date": "x"}}, "metadata has no date"),
        ({"maxLayers": 0}, "at least one layer"),
        ({"perms": [{"regex": ""}]}, "not a perm"),
    ],
)
def test_bad_arguments(build: Build, packages: Mapping[str, Path], changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        made(build, graph(packages, ["libc"]), **changes)


def test_something_else_is_no_layer(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"this is no layer in .*layers.json: give `layers` results of buildLayer"):
        read_layers(str(tmp_path))
