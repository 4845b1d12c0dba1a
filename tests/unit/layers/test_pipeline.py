"""Layering pipelines: each operation, and operations that make no sense."""

from __future__ import annotations

from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.layers.pipeline import limit_layers, run_pipeline

GRAPH = {"app": ["lib", "log"], "lib": ["libc"], "libc": [], "log": ["libc"], "tool": ["log"]}
"""Of what the app needs, `lib` is its alone."""


def layers(*operations: Any) -> list[str]:
    """The layers of GRAPH, the paths of each separated by spaces."""
    return [" ".join(part) for part in run_pipeline(operations, GRAPH)]


def test_without_operations_there_is_one_layer() -> None:
    assert layers() == ["app lib libc log tool"]


def test_the_most_popular_path_comes_first() -> None:
    assert layers(["popularity_contest"]) == ["libc", "log", "lib", "app", "tool"]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (["remove_paths", "app", ["lib", "none"]], ["libc log tool"]),
        (["split_every", 2], ["app lib", "libc log", "tool"]),
        (["split_every", 9], ["app lib libc log tool"]),
        (["split_every_reverse", 2], ["app", "lib libc", "log tool"]),
        (["split_every_reverse", 5], ["app lib libc log tool"]),
        (["subcomponent_out", ["log", "none"]], ["libc log", "app lib tool"]),
        (["subcomponent_in", "lib", "tool"], ["app lib tool", "libc log"]),
        (["split_paths", ["app"]], ["app lib", "libc log", "tool"]),
        (["split_paths", "log"], ["log", "libc", "app lib tool"]),
        # What is needed through a split path alone is not common.
        (["split_paths", "app", "tool"], ["app lib libc log tool", "", ""]),
        (["split_paths", ["lib", "log"]], ["lib libc log", "", "app tool"]),
        (["split_paths", ["lib", "none"]], ["lib", "libc", "app log tool"]),
        (["split_paths", [{"children_of": "app"}]], ["lib libc log", "", "app tool"]),
        (["split_paths", [{"children_of": ["tool", "none"]}, "app"]], ["app lib libc log", "", "tool"]),
        (["split_paths", ["none"]], ["", "", "app lib libc log tool"]),
    ],
)
def test_operations_on_a_part(operation: list[Any], expected: list[str]) -> None:
    assert layers(operation) == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (["reverse"], ["tool", "libc log", "app lib"]),
        (["flatten"], ["app lib", "libc log", "tool"]),
        (["limit_layers", 2], ["app lib", "libc log tool"]),
        (["limit_layers", 3], ["app lib", "libc log", "tool"]),
        (["over", 1, ["split_every", 1]], ["app lib", "libc", "log", "tool"]),
        (["over", -1, ["remove_paths", "tool"]], ["app lib", "libc log", ""]),
        (["pipe", [["reverse"], ["limit_layers", 1]]], ["tool libc log app lib"]),
        (["split_every", 1], ["app", "lib", "libc", "log", "tool"]),
    ],
)
def test_operations_on_a_list_of_parts(operation: list[Any], expected: list[str]) -> None:
    assert layers(["split_every", 2], operation) == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (["remove_paths", "lib"], ["app", "libc log", "tool"]),
        (["split_every", 1], ["app", "lib", "libc", "log", "tool"]),
        (["pipe", [["remove_paths", "tool"], ["popularity_contest"]]], ["lib", "app", "libc", "log"]),
        (["map", ["remove_paths", "tool"]], None),
    ],
)
def test_map_works_on_each_element(operation: list[Any], expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(InvalidInput, match="cannot work on one part of the closure in layeringPipeline: see"):
            layers(["split_every", 2], ["map", operation])
    else:
        assert layers(["split_every", 2], ["map", operation]) == expected


def test_map_on_named_parts() -> None:
    assert layers(["split_paths", "app"], ["map", ["split_every", 2]]) == ["app lib", "libc log", "tool"]
    assert layers(["split_every", 4], ["map", ["split_every", 2]], ["map", ["reverse"]], ["map", ["flatten"]]) == [
        *("libc log", "app lib", "tool")
    ]


def test_a_pipeline_of_a_thousand_levels_is_one_line() -> None:
    operation: list[Any] = ["flatten"]
    for _ in range(1000):
        operation = ["pipe", [operation]]
    with pytest.raises(InvalidInput, match="^operations are nested too deeply in layeringPipeline: "):
        layers(operation)


def test_operations_on_named_parts() -> None:
    split = ["split_paths", "app"]
    assert layers(split, ["over", "main", ["split_every", 1]]) == ["app", "lib", "libc log", "tool"]
    assert layers(split, ["over", "common", ["popularity_contest"]]) == ["app lib", "libc", "log", "tool"]
    assert layers(split, ["flatten"], ["reverse"]) == ["tool", "libc log", "app lib"]


def test_a_part_knows_only_its_own_references() -> None:
    assert layers(["remove_paths", "log"], ["subcomponent_out", "tool"]) == ["tool", "app lib libc"]


@pytest.mark.parametrize(
    ("operations", "error"),
    [
        ([["sort"]], 'unsupported operation \\["sort"\\] in layeringPipeline: nixdock knows flatten, limit_layers, '),
        ([["reverse"]], 'wrong arguments in \\["reverse"\\], or it cannot work on one part of the closure'),
        ([["split_paths", "app"], ["reverse"]], 'wrong arguments in \\["reverse"\\], or it cannot work on named parts'),
        ([["split_every", 2], ["map"]], 'wrong arguments in \\["map"\\], or it cannot work on a list of parts'),
        ([["map", ["reverse"]]], "wrong arguments in .*, or it cannot work on one part of the closure"),
        ([["split_paths", {"parents_of": "app"}]], "wrong arguments .* of split_paths in layer.*children_of"),
        ([["split_paths", {"children_of": 1}]], "wrong arguments .* of split_paths in layer.*children_of"),
        (["popularity_contest"], "unsupported operation 'popularity_contest'"),
        ([["limit_layers", 0]], 'wrong arguments in \\["limit_layers", 0\\]'),
        ([["split_every", 0]], "wrong arguments \\[0\\] of split_every in layeringPipeline: give it a number"),
        ([["split_every", "2"]], 'wrong arguments \\["2"\\] of split_every in layeringPipeline: give it a number'),
        ([["split_every_reverse", -1]], "wrong arguments \\[-1\\] of split_every_reverse in layeringPipeline: "),
        ([["split_every"]], "wrong arguments \\[\\] of split_every in layeringPipeline: see what"),
        ([["split_paths", 1]], "wrong arguments \\[1\\] of split_paths in layeringPipeline: "),
        ([["over", "main", ["flatten"]]], "there is no 'main' to go over in layeringPipeline: "),
        ([["split_every", 2], ["over", 3, ["flatten"]]], "there is no 3 to go over"),
        ([["split_paths", "app"], ["over", ["main"], ["flatten"]]], 'there is no \\["main"\\] to go over'),
    ],
)
def test_what_makes_no_sense_is_said(operations: list[Any], error: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{error}"):
        layers(*operations)


def test_empty_layers_do_not_count() -> None:
    assert limit_layers([(), ("a",), (), ("b",), ("c",)], 2) == [("a",), ("b", "c")]
    assert limit_layers([()], 0) == []
