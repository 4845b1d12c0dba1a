from __future__ import annotations

import json
import os
import stat
import subprocess
from typing import Any

import pytest

from tests.support.tools import need

from .conftest import Build

SHOW = "import json, os, sys; print(json.dumps([sys.argv[1:], os.environ['PATH']]))"


def spec(**changes: Any) -> dict[str, Any]:
    argv = [need("python3"), "-I", "-c", SHOW, "stream", "/nix/store/x y/$HOME"]
    return {"shell": need("bash"), "path": ["/tools/bin", "/a b"], "argv": argv, "tag": "1"} | changes


def shown(build: Build, *arguments: str, **changes: Any) -> Any:
    """What the program is given by its script: [arguments, PATH]."""
    script = build.run("program", spec(**changes))
    done = subprocess.run([script, *arguments], capture_output=True, check=True, env={"PATH": "/of/the/user"})
    return json.loads(done.stdout)


def test_it_passes_its_words_the_tag_and_what_the_user_types(build: Build) -> None:
    arguments, _ = shown(build, "-t", "a b:'1'", "")
    assert arguments == ["stream", "/nix/store/x y/$HOME", "--tag", "1", "-t", "a b:'1'", ""]


def test_without_a_tag_the_hash_of_the_script_itself_is_it(build: Build) -> None:
    arguments, _ = shown(build, tag=None)
    assert arguments[-2:] == ["--tag", "0123456789abcdfghijklmnpqrsvwxyz"]


def test_no_tag_is_passed_where_none_is_meant(build: Build) -> None:
    without = spec()
    del without["tag"]
    done = subprocess.run([build.run("program", without), "x"], capture_output=True, check=True)
    assert json.loads(done.stdout)[0] == ["stream", "/nix/store/x y/$HOME", "x"]


def test_a_program_of_a_package(build: Build) -> None:
    package = build.run("program", spec(bin="stream-it"))
    assert [path.name for path in package.rglob("*")] == ["bin", "stream-it"]
    assert json.loads(subprocess.run([package / "bin/stream-it"], capture_output=True, check=True).stdout)


def test_its_tools_come_before_those_of_the_user(build: Build) -> None:
    _, path = shown(build)
    assert path == "/tools/bin:/a b:/of/the/user"


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_everybody_may_run_it(build: Build, umask: int) -> None:
    os.umask(umask)
    assert stat.S_IMODE(build.run("program", spec()).stat().st_mode) == 0o755
