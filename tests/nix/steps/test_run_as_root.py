"""The step `run-as-root`, with programs of the store; tests/nix/test_run_as_root.py has whole images."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput, ProgramFailed
from tests.support.images import layer
from tests.support.nix import Nix
from tests.support.recipes import recipe, recipe_file, tar_layer, tree

from .conftest import Build


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch, build: Build, nix: Nix) -> None:
    """What the step's derivation has on its PATH."""
    packages = (nix.build_expression(f"pkgs.{name}") for name in ("bash", "coreutils", "fakeroot"))
    build.tools[:0] = [f"{package}/bin" for package in packages]
    monkeypatch.setenv("TMPDIR", str(build.top))


def spec(build: Build, *trees: Path, **changes: Any) -> dict[str, Any]:
    plain = {
        "trees": list(map(str, trees)),
        "dirlinks": "conflict",
        "owner": {"uid": 0, "gid": 0, "uname": "root", "gname": "root"},
        "mtime": "@7",
        "extraCommands": "",
        "shell": f"{build.tools[0]}/bash",
        "database": None,
        "base": None,
        "architecture": "amd64",
        "runAsRoot": "true",
    }
    return plain | changes


def members(archive: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(archive, "r:") as tar:
        return {member.name: member for member in tar if not member.name.startswith(("nix", "dev", "proc", "sys"))}


def test_the_root_is_made_and_changed(build: Build, tmp_path: Path) -> None:
    given = tree(tmp_path / "tree", {"etc/a": "a"})
    code = "[ $(id -u) = 0 ]; echo new > /etc/b; chown 7:8 /etc/a"
    out = build.run("run_as_root", spec(build, given, runAsRoot=code, extraCommands="echo extra > /etc/c"))
    found = members(out)
    assert {"etc", "etc/a", "etc/b", "etc/c"} <= set(found)
    assert (found["etc/a"].uid, found["etc/a"].gid, found["etc/b"].uid) == (7, 8, 0)
    assert {member.mtime for member in found.values()} == {7}


def test_on_a_base_only_what_is_new_or_gone(build: Build, tmp_path: Path) -> None:
    lower = tar_layer(tmp_path / "lower.tar", layer({"etc": None, "etc/kept": b"1", "etc/gone": b"2"}))
    base = recipe_file(tmp_path / "base", recipe(lower))
    out = build.run("run_as_root", spec(build, base=str(base), runAsRoot="rm /etc/gone; echo > /etc/made"))
    assert [name for name in members(out) if name.startswith("etc/")] == ["etc/.wh.gone", "etc/made"]


def test_a_base_for_another_cpu(build: Build, tmp_path: Path) -> None:
    base = recipe_file(tmp_path / "base", recipe())
    with pytest.raises(InvalidInput, match="the base image is for linux/amd64"):
        build.run("run_as_root", spec(build, base=str(base), architecture="s390x"))


@pytest.mark.parametrize("argument", ["runAsRoot", "extraCommands"])
def test_a_script_that_fails_is_named(build: Build, argument: str) -> None:
    with pytest.raises(ProgramFailed, match=f"^the script `{argument}` failed with exit status 3"):
        build.run("run_as_root", spec(build, **{argument: "exit 3"}))
    assert not build.out.exists()
