from __future__ import annotations

from pathlib import Path

from nixdock_hook.insight.report.duplicates import Duplicate, duplicates
from nixdock_hook.trees.tree import Entry, Tree, read_root
from tests.support.recipes import tree


def found(tmp_path: Path, files: dict[str, str]) -> list[Duplicate]:
    return duplicates(read_root(str(tree(tmp_path / "root", files))))


def test_the_same_bytes_under_several_names(tmp_path: Path) -> None:
    files = {"a": "x" * 2000, "b/c": "x" * 2000, "d": "y" * 2000, "e": "z" * 1500, "f": "z" * 1500, "g": "z" * 1500}
    assert found(tmp_path, files) == [Duplicate(1500, ("/e", "/f", "/g")), Duplicate(2000, ("/a", "/b/c"))]
    assert [Duplicate(1500, ("/e", "/f", "/g")).wasted, Duplicate(2000, ("/a", "/b")).wasted] == [3000, 2000]


def test_files_that_only_begin_alike_are_none(tmp_path: Path) -> None:
    assert found(tmp_path, {"a": "x" * 10_000 + "a", "b": "x" * 10_000 + "b", "c": "a" + "x" * 10_000}) == []


def test_only_files_of_a_size_that_matters(tmp_path: Path) -> None:
    files = {"a": "x" * 1023, "b": "x" * 1023, "c": "x" * 1024, "d": "x" * 1024}
    assert found(tmp_path, files) == [Duplicate(1024, ("/c", "/d"))]


def test_hard_links_are_one_file(tmp_path: Path) -> None:
    place = tree(tmp_path / "root", {"a": "x" * 2000}) / "a"
    entry = Entry("file", 0o644, size=2000, origin=(bytes(place), 0))
    linked: Tree = {b"a": entry, b"b": entry}
    assert duplicates(linked) == []
