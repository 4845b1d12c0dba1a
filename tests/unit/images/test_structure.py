"""What is expected of an image's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.images import structure
from nixdock_hook.images.structure import Expected, differences
from nixdock_hook.trees.tree import Entry, Tree, entry_of


@pytest.mark.parametrize(("most", "found"), [(4, True), (3, False)])
def test_a_text_is_looked_for_up_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, found: bool
) -> None:
    (tmp_path / "file").write_text("text")
    monkeypatch.setattr(structure, "MOST_SEARCHED", most)
    tree = {b"file": entry_of(bytes(tmp_path / "file"))}
    assert said(tree, "/file", contains="text") == ([] if found else ["/file does not contain 'text'"])


def said(tree: Tree, path: str, **expected: Any) -> list[str]:
    words = {"exists": True, **dict.fromkeys(("kind", "mode", "uid", "gid", "target", "contains")), **expected}
    return list(differences(tree, [Expected(path, **words)]))


@pytest.fixture
def linked(tmp_path: Path) -> Tree:
    """A root like a distribution's: /bin leads to /usr/bin, and files lead to others."""
    (tmp_path / "tool").write_text("port = 80")
    links = {"bin": "usr/bin", "usr/bin/link": "../../opt/tool", "opt/up": "../../../bin", "one": "/two", "two": "one"}
    tree = {name.encode(): Entry("symlink", 0o777, target=target.encode()) for name, target in links.items()}
    directories = dict.fromkeys((b"usr", b"usr/bin", b"opt"), Entry("directory", 0o755))
    return {**tree, **directories, b"opt/tool": entry_of(bytes(tmp_path / "tool"))}


@pytest.mark.parametrize("path", ["/bin/link", "/usr/bin/link", "/opt/up/link"])
def test_directories_are_found_through_symlinks(linked: Tree, path: str) -> None:
    assert said(linked, path, kind="symlink", target="../../opt/tool", contains="port") == []
    assert said(linked, path, exists=False) == [f"{path} is there"]
    assert said(linked, path, contains="host") == [f"{path} does not contain 'host'"]


def test_what_leads_nowhere_is_missing(linked: Tree) -> None:
    assert said(linked, "/bin/none") == ["/bin/none is missing"]
    assert said(linked, "/bin/none/below", exists=False) == []
    assert said(linked, "/bin", kind="symlink", contains="") == []


def test_symlinks_that_lead_in_a_circle(linked: Tree) -> None:
    says = r'the symlinks of /one lead in a circle in files."/one/x": remove one of them'
    with pytest.raises(InvalidInput, match=says):
        said(linked, "/one/x")
    assert said(linked, "/one", target="/two") == []
