"""Layers of buildLayer in images."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.images import shared_layers
from nixdock_hook.images.recipe import write_layers
from nixdock_hook.images.shared_layers import read_shared_layers, store_paths
from nixdock_hook.layers.hashing import hash_layer
from nixdock_hook.layers.source import Layer, StoreSource
from tests.support.images import layer
from tests.support.recipes import store_layer, tar_layer, tree


def written(directory: Path, *layers: Layer) -> str:
    directory.mkdir()
    write_layers(layers, str(directory / "layers.json"))
    return str(directory)


@pytest.fixture
def packages(tmp_path: Path) -> list[Path]:
    return [tree(tmp_path / name, {"file": name}) for name in "abc"]


def test_a_layer_that_several_bring_comes_once(tmp_path: Path, packages: list[Path]) -> None:
    nested, one, two = (store_layer(path) for path in packages)
    first, second = written(tmp_path / "1", nested, one), written(tmp_path / "2", nested, two)
    assert read_shared_layers([first, second], {}) == [nested, one, two]


def test_what_is_held_below_is_left_out_and_only_then_it_is_hashed_anew(
    tmp_path: Path, packages: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, c = map(str, packages)
    both, other = store_layer(*packages[:2]), store_layer(packages[2])
    output = written(tmp_path / "1", both, other)
    [rest, same] = read_shared_layers([output], {a: None})
    assert isinstance(rest.source, StoreSource) and rest.source.paths == (b,)
    assert (rest.diff_id, rest.size) == hash_layer(rest.source)
    assert same == other
    monkeypatch.setattr(shared_layers, "hash_layers", None)
    assert read_shared_layers([output], {"/another": None}) == [both, other]
    assert read_shared_layers([output], {a: None, b: None, c: None}) == []


def test_one_that_is_kept_as_a_tar_stays_whole(tmp_path: Path) -> None:
    kept = tar_layer(tmp_path / "layer.tar", layer({"a": b""}))
    assert read_shared_layers([written(tmp_path / "1", kept)], {}) == [kept]


def test_the_store_paths_of_layers_of_ours(tmp_path: Path, packages: list[Path]) -> None:
    kept = tar_layer(tmp_path / "layer.tar", layer({"a": b""}))
    assert store_paths([store_layer(*packages), kept]) == [str(path) for path in packages]
