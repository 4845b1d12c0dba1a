"""`nixdock plan`: of graphs and images, as people and programs read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import error_of, nixdock, usage_error_of
from tests.support.recipes import recipe, recipe_file, store_layer, tree

GRAPH = {
    "app": {"size": 1000, "refs": ["code", "lib"], "rate": 3},
    "code": {"size": 20_000, "refs": ["lib"]},
    "lib": {"size": 30_000_000, "refs": ["lib", "libc"]},
    "libc": {"size": 10_000_000, "refs": []},
}
EXAMPLE = '{"PATH": {"size": BYTES, "refs": ["PATH", …]}, …}'


def written(tmp_path: Path, graph: object) -> Path:
    file = tmp_path / "graph.json"
    file.write_text(graph if isinstance(graph, str) else json.dumps(graph))
    return file


def planned(*arguments: str | Path) -> dict[str, Any]:
    done = nixdock("plan", "--json", *arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    return dict(json.loads(done.stdout))


def test_a_graph_as_json_the_lowest_layer_first(tmp_path: Path) -> None:
    document = planned("--graph", written(tmp_path, GRAPH), "--max-layers", "3")
    assert [(layer["paths"], layer["size"]) for layer in document["layers"]] == [
        (["libc"], 10_000_000),
        (["lib"], 30_000_000),
        (["app", "code"], 21_000),
    ]
    updates = [8, 8 + 16, 8 + 16 + 128 + 128]  # of 10 MB, of 30 MB, and of two paths of the application
    assert [layer["chance"] for layer in document["layers"]] == [round(count / updates[-1], 6) for count in updates]
    assert {"path": "code", "size": 21_000, "chain": 21_000} in document["changes"]


def test_without_a_number_each_path_of_a_small_graph_is_alone(tmp_path: Path) -> None:
    layers = planned("--graph", written(tmp_path, GRAPH))["layers"]
    assert [layer["paths"] for layer in layers] == [["libc"], ["lib"], ["code"], ["app"]]


def test_the_same_for_people_in_columns(tmp_path: Path) -> None:
    done = nixdock("plan", "--graph", written(tmp_path, GRAPH), "--max-layers", "2")
    head, first, second, empty, changes, *_ = done.stdout.decode().splitlines()
    assert head.split() == ["Layer", "Chance", "Size", "Store", "paths"] and empty == ""
    assert first.endswith("  40 MB  lib, libc") and second.endswith(" 21 kB  code, app")
    assert head.index("Store paths") == first.index("lib, libc") == second.index("code, app")
    assert changes == "A change of  sends again  to docker's classic store"


def test_an_image_has_the_layers_that_it_has(tmp_path: Path) -> None:
    paths = [tree(tmp_path / f"{letter * 32}-{letter}", {"file": letter * 10_000}) for letter in "abc"]
    image = recipe_file(tmp_path / "image", recipe(store_layer(paths[2]), store_layer(*paths[:2])))
    own = [[f"/nix/store/{path.name}" for path in group] for group in ([paths[2]], paths[:2])]
    assert [layer["paths"] for layer in planned(image)["layers"]] == own
    assert len(planned(image, "--max-layers", "3")["layers"]) == 3


@pytest.mark.parametrize(
    ("graph", "says"),
    [
        ("{", "this is no valid JSON"),
        ([], f"the document is not an object in FILE: write {EXAMPLE}"),
        ({"a": 5}, "a is not an object"),
        ({"a": {"size": -1, "refs": []}}, f"a.size is negative in FILE: write {EXAMPLE}"),
        ({"a": {"size": 1.5, "refs": []}}, "a.size is not an integer"),
        ({"a": {"size": True, "refs": []}}, "a.size is not an integer"),
        (
            {"a": {"size": 1}, "b": {"refs": [1]}},
            "a.refs is missing; b.refs holds something that is not a string; ",
        ),
        ({"a": {"size": 1, "refs": ["b"]}}, "a refers to b, which is not there in FILE: "),
        (
            {"a": {"size": 1, "refs": ["b"]}, "b": {"size": 1, "refs": ["a"]}},
            "references go in a circle, at or below a in FILE: ",
        ),
    ],
)
def test_what_is_no_graph_is_said(tmp_path: Path, graph: object, says: str) -> None:
    file = written(tmp_path, graph)
    assert error_of("plan", "--graph", file).startswith(says.replace("FILE", str(file)))


def test_it_takes_one_of_both(tmp_path: Path) -> None:
    file = written(tmp_path, GRAPH)
    for arguments in ([], ["--graph", str(file), "image"]):
        assert usage_error_of("plan", *arguments) == "it takes an image or a graph"


@pytest.mark.parametrize("most", ["0", "-1", "many", "1.5"])
def test_a_number_of_layers_that_is_none_is_a_wrong_usage(tmp_path: Path, most: str) -> None:
    done = nixdock("plan", "--graph", written(tmp_path, GRAPH), f"--max-layers={most}")
    assert done.returncode == 2 and b"is no number of layers: give 1 or more" in done.stderr
