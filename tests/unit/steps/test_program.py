from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.tools import need

from .conftest import Build

SHOW = "import json, os, sys; print(json.dumps([sys.argv[1:], os.environ['PATH']]))"


def spec(**changes: Any) -> dict[str, Any]:
    argv = [need("python3"), "-I", "-c", SHOW, "stream", "/nix/store/x y/$HOME"]
    return {
        "name": "stream-it",
        "shell": need("bash"),
        "path": ["/tools/bin", "/a b"],
        "argv": argv,
        "printed": {},
    } | changes


def program(build: Build, **changes: Any) -> Path:
    """The program that the step makes, as the only one in a package."""
    package = build.top / "package"
    build.run("program", spec(package=str(package), **changes))
    assert sorted(path.name for path in package.rglob("*")) == ["bin", "stream-it"]
    return package / "bin/stream-it"


def shown(program: Path, *arguments: str) -> Any:
    """What is given to what the program starts: [arguments, PATH]."""
    done = subprocess.run([program, *arguments], capture_output=True, check=True, env={"PATH": "/of/the/user"})
    return json.loads(done.stdout)


def test_it_passes_its_words_the_tag_and_what_the_user_types(build: Build) -> None:
    arguments, _ = shown(program(build, tag="1"), "-t", "a b:'1'", "")
    assert arguments == ["stream", "/nix/store/x y/$HOME", "--tag", "1", "-t", "a b:'1'", ""]


def test_without_a_tag_the_hash_of_the_output_is_it(build: Build) -> None:
    arguments, _ = shown(program(build, tag=None))
    assert arguments[-2:] == ["--tag", "0123456789abcdfghijklmnpqrsvwxyz"]


def test_no_tag_is_passed_where_none_is_meant(build: Build) -> None:
    arguments, _ = shown(program(build), "x")
    assert arguments == ["stream", "/nix/store/x y/$HOME", "x"]


def test_a_file_does_what_the_package_does(build: Build) -> None:
    package = program(build, tag=None, file=str(build.out))
    assert shown(build.out, "x") == shown(package, "x")


def test_the_file_refers_to_the_package_and_the_package_not_to_the_file(build: Build) -> None:
    """Nix finds references by the hash part; two outputs that refer to each other are an error."""
    package = program(build, tag=None, file=str(build.out))
    assert str(package) in build.out.read_text()
    assert build.out.name.partition("-")[0] not in package.read_text()


def test_its_tools_come_before_those_of_the_user(build: Build) -> None:
    _, path = shown(program(build))
    assert path == "/tools/bin:/a b:/of/the/user"


def test_files_that_it_prints(build: Build) -> None:
    package = build.top / "package"
    build.run("program", spec(package=str(package), printed={"share/man/x.1": ["manual", "-x"]}))
    arguments, _ = json.loads((package / "share/man/x.1").read_text())
    assert arguments == ["stream", "/nix/store/x y/$HOME", "manual", "-x"]


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_everybody_may_run_it(build: Build, umask: int) -> None:
    os.umask(umask)
    package = program(build, file=str(build.out))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (package, build.out)] == [0o755, 0o755]
