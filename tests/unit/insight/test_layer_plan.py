"""Plans as text and JSON, and graphs read from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.insight.layer_plan import image_closure, image_groups, plan_document, plan_lines, read_graph
from nixdock_hook.insight.opened.model import OpenedImage, StorePath
from nixdock_hook.insight.text import Style
from nixdock_hook.layers.planner import plan
from nixdock_hook.oci.model import Platform
from nixdock_hook.store.closure import PathInfo


def infos(count: int) -> dict[str, PathInfo]:
    """That many paths, each of which needs the first."""
    return {f"p{number:02}": PathInfo(f"p{number:02}", ("p00",), None, 1000 + number) for number in range(count)}


def test_a_graph_may_say_more_than_is_read(tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    file.write_text(json.dumps({"a": {"size": 1, "refs": ["b", "a", "b"], "rate": 5}, "b": {"size": 0, "refs": []}}))
    assert read_graph(str(file)) == {"a": PathInfo("a", ("a", "b"), None, 1), "b": PathInfo("b", (), None, 0)}


def test_all_problems_of_a_graph_are_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    file.write_text('{"a": {"size": -1, "refs": []}, "b": 5}')
    with pytest.raises(InvalidImage, match="^a.size is negative; b is not an object"):
        read_graph(str(file))
    file.write_text('{"a": {"size": 1, "refs": ["b"]}}')
    with pytest.raises(InvalidInput, match=f"^a refers to b, which is not there in {file}: "):
        read_graph(str(file))


def test_an_images_layers_are_those_with_store_paths() -> None:
    paths = (StorePath("/nix/store/a", 2, 5, ("/nix/store/b",)), StorePath("/nix/store/b", 0, 7, None))
    image = OpenedImage("x", "recipe", "x", None, Platform("amd64", "linux"), None, {}, (), paths=paths)
    assert image_groups(image) == [["/nix/store/b"], ["/nix/store/a"]]
    assert image_closure(image)["/nix/store/a"].references == ("/nix/store/b",)


def test_the_document_has_layers_and_changes() -> None:
    closure = infos(2)
    assert plan_document(plan(closure, closure, 1)) == {
        "layers": [{"paths": ["p00", "p01"], "size": 2001, "chance": 1.0}],
        "changes": [{"path": "p00", "size": 2001, "chain": 2001}, {"path": "p01", "size": 2001, "chain": 2001}],
    }


def test_many_names_and_changes_are_cut_short_for_people() -> None:
    closure = infos(20)
    lines = list(plan_lines(plan(closure, closure, 1), closure, Style(False)))
    assert lines[1].endswith("p19, p18, p17 and 17 more")
    assert lines[-1] == "and 5 more: --json" and len(lines) == 2 + 2 + 15 + 1
