"""What is expected of an image's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.images import structure
from nixdock_hook.images.structure import Expected, differences
from nixdock_hook.trees.tree import entry_of


@pytest.mark.parametrize(("most", "found"), [(4, True), (3, False)])
def test_a_text_is_looked_for_up_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, found: bool
) -> None:
    (tmp_path / "file").write_text("text")
    monkeypatch.setattr(structure, "MOST_SEARCHED", most)
    expected = Expected("/file", True, None, None, None, None, None, "text")
    tree = {b"file": entry_of(bytes(tmp_path / "file"))}
    assert list(differences(tree, [expected])) == ([] if found else ["/file does not contain 'text'"])
