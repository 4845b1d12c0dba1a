"""The digests of a fixed tree's layers, whoever makes them, where and when.

A change of them makes every layer of every user a new one. Where that is meant, write them anew:
    python3 tests/golden/fixed_tree.py make /tmp/fixed-tree
    python3 tests/golden/fixed_tree.py digests /tmp/fixed-tree 1 > tests/golden/layer_digests.json
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.golden.pythons import other_python
from tests.support.tools import ROOT, need, need_root, output

GOLDEN = Path(__file__).parent
EXPECTED = json.loads((GOLDEN / "layer_digests.json").read_text())
SCRIPT = GOLDEN / "fixed_tree.py"


def tree(top: Path, *ways: str, umask: int = 0o022) -> Path:
    """The fixed tree, in a directory that anybody may read."""
    subprocess.run([sys.executable, SCRIPT, "make", top, *ways], check=True, umask=umask)
    for directory in [top, *top.parents]:
        if directory.stat().st_uid == os.geteuid() and directory != Path("/"):
            os.chmod(directory, directory.stat().st_mode | 0o055)
    return top


def digests(top: Path, workers: int = 1, python: Sequence[str] = (sys.executable,), **variables: str) -> object:
    return json.loads(output(*python, SCRIPT, "digests", top, str(workers), env={**os.environ, **variables}))


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_workers(tmp_path: Path, workers: int) -> None:
    assert digests(tree(tmp_path / "tree"), workers) == EXPECTED


@pytest.mark.parametrize("ways", [["reversed"], ["linked"], ["reversed", "linked"]])
def test_order_of_creation_and_hard_links(tmp_path: Path, ways: list[str]) -> None:
    top = tree(tmp_path / "tree", *ways)
    linked = os.path.samefile(top / "store/aaa-tool/lib/copy", top / "store/aaa-tool/lib/original")
    assert linked == ("linked" in ways)
    assert digests(top) == EXPECTED


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_umask(tmp_path: Path, umask: int) -> None:
    assert digests(tree(tmp_path / "tree", umask=umask)) == EXPECTED


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "UTC+11:30"])
@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", "de_DE.ISO-8859-1"])
def test_time_zone_and_locale(tmp_path: Path, zone: str, locale: str) -> None:
    assert digests(tree(tmp_path / "tree"), TZ=zone, LC_ALL=locale, PYTHONCOERCECLOCALE="0") == EXPECTED


def test_another_user(tmp_path: Path) -> None:
    need_root("to be another user")
    top = tree(tmp_path / "tree")
    copy = tmp_path / "source"
    shutil.copytree(ROOT / "nixdock_hook", copy / "nixdock_hook")
    shutil.copytree(GOLDEN, copy / "tests/golden")
    command = [need("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", need("python3"), "-B"]
    script = copy / "tests/golden/fixed_tree.py"
    assert json.loads(output(*command, script, "digests", top, "1")) == EXPECTED


def test_another_version_of_python(tmp_path: Path) -> None:
    assert digests(tree(tmp_path / "tree"), python=other_python()) == EXPECTED
