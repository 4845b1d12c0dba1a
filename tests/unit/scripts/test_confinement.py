from __future__ import annotations

import os
from pathlib import Path

import pytest

from nixdock_hook.scripts import confinement, mounts
from nixdock_hook.scripts.confinement import View

GONE = "0123456789abcdfghijklmnpqrsvwxyz-gone"


def test_a_name_that_leaves_the_store_meanwhile_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Nix's sandbox all of the machine's store is listed: lock files come and go, paths are collected."""
    tree, place = tmp_path / "root", tmp_path / "view"
    for directory in (tree / "nix/store/own", place / "nix/store"):
        directory.mkdir(parents=True)
    listed, shown = os.listdir, []

    def bind(source: str, at: str) -> None:
        os.stat(source)
        shown.append(at)

    monkeypatch.setattr(mounts, "bind", bind)
    monkeypatch.setattr(mounts, "mount", lambda *arguments, **options: None)
    monkeypatch.setattr(os, "listdir", lambda path: [GONE] if path == "/nix/store" else listed(path))
    writable = confinement._mount_image(View(str(tree), str(place), "", "", True, 0, 0))
    assert writable == {str(place), f"{place}/nix/store/own"}
    assert shown == [str(place), f"{place}/nix/store/own"]
