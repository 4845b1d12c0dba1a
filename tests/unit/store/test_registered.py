from __future__ import annotations

import os
from pathlib import Path

import pytest

from nixdock_hook.store.closure import PathInfo
from nixdock_hook.store.registered import registered

PATHS = [f"/nix/store/{number:032}-path" for number in range(6000)]
PROGRAM = r"""#!/bin/sh
test "$1" = --dump-db || exit 2
shift
echo "warning: something that nobody wants to know" >&2
for path; do
  case $path in *-unknown) exit 1;; esac
  printf '%s\nabc\n120\n/nix/store/x.drv\n1\n%s\n' "$path" "$path"
done
"""


@pytest.fixture
def nix_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A nix-store that knows all paths but those called unknown."""
    program = tmp_path / "nix-store"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@pytest.mark.usefixtures("nix_store")
def test_thousands_of_paths_whose_answer_fills_more_than_a_pipe() -> None:
    infos = registered(PATHS)
    assert list(infos) == PATHS
    assert infos[PATHS[0]] == PathInfo(PATHS[0], (PATHS[0],), "sha256:abc", 120, "/nix/store/x.drv")


@pytest.mark.usefixtures("nix_store")
def test_nothing_is_known_where_one_path_is_not() -> None:
    assert registered([*PATHS[:3], "/nix/store/0-unknown"]) == {}


def test_nothing_is_known_without_nix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert registered(PATHS[:1]) == {}


def test_no_path_is_no_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert registered([]) == {}
