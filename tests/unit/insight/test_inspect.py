"""`nixdock inspect`, as people and programs meet it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import images
from tests.support.command import COMMAND, command_environment, error_of, nixdock
from tests.support.nix_images import BASH, GLIBC, HELLO, READLINE, nix_archive, nix_layers
from tests.support.recipes import recipe, recipe_file, tar_layer


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    config = {"Cmd": [f"{HELLO}/bin/program", "-v"], "Env": ["A=1", "B=2"], "Labels": {"x.y": "z"}}
    return nix_archive(tmp_path / "image.tar", config, etc__passwd=b"root")


def lines(*arguments: str | Path, **environment: str) -> list[str]:
    done = nixdock("inspect", *arguments, **environment)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode().splitlines()


def document(*arguments: str | Path) -> Any:
    [line] = lines(*arguments, "--json")
    return json.loads(line)


def test_the_summary(archive: Path) -> None:
    found = lines(archive)
    assert found[0] == "base:1"
    assert "  platform  linux/amd64" in found
    assert "  Cmd     " + json.dumps([f"{HELLO}/bin/program", "-v"]) in found
    assert found[found.index("  Env     A=1") + 1] == "          B=2"
    assert "  Labels  x.y = z" in found
    tar = nix_layers()[0]
    [glibc] = [line for line in found if line.endswith("glibc 2.39")]
    assert glibc.split() == ["1", "10.2", "kB", "1", images.sha256(tar)[7:19], "glibc", "2.39"]
    assert any(line.endswith(GLIBC) for line in found)


def test_annotations_of_a_recipe(tmp_path: Path) -> None:
    made = recipe(tar_layer(tmp_path / "layer", images.layer({"file": b""})), annotations={"team.mine": "a b"})
    place = recipe_file(tmp_path / "recipe", made)
    [line] = [line for line in lines(place) if line.startswith("  team.mine ")]
    assert line.endswith("  a b")
    assert document(place)["annotations"] == {"team.mine": "a b"}


def test_of_many_layers_and_paths_the_summary_has_the_largest(tmp_path: Path) -> None:
    many = {f"/nix/store/{letter * 32}-{letter}-1": () for letter in "0123456789abcdf"}
    archive = nix_archive(tmp_path / "image.tar", references=many)
    found = lines(archive)
    assert "  and 5 more: --layers" in found and "  and 5 more: --paths" in found
    assert len(lines(archive, "--layers")) == len(lines(archive, "--paths")) == 16


def test_why_shows_the_shortest_chain(archive: Path) -> None:
    assert lines(archive, "--why", "readline") == [
        "base:1: config.Cmd",
        f"└─ {HELLO}",
        f"   └─ {BASH}",
        f"      └─ {READLINE}",
    ]
    assert document(archive, "--why", READLINE)["why"] == {READLINE: ["config.Cmd", HELLO, BASH, READLINE]}


def test_the_tree_follows_each_path_once(archive: Path) -> None:
    found = lines(archive, "--tree")
    assert [line.rstrip().split(" B")[0].rsplit("  ", 1)[0] for line in found] == [
        "base:1",
        "└─ config.Cmd",
        f"   └─ {HELLO}",
        f"      ├─ {BASH}",
        f"      │  ├─ {GLIBC}",
        f"      │  └─ {READLINE}",
        f"      │     └─ {GLIBC}",
        f"      └─ {GLIBC}",
    ]


def test_a_path_that_is_not_there_is_an_error(archive: Path) -> None:
    assert error_of("inspect", archive, "--why", "zlib").startswith(
        "there is no store path 'zlib' in the image base:1: "
    )


def test_the_json_of_version_1(archive: Path) -> None:
    found = document(archive)
    assert found["version"] == 1
    assert found.keys() == {
        *("version", "source", "kind", "name", "tag", "platform", "created", "digests"),
        *("annotations", "config", "layers", "paths", "roots"),
    }
    assert (found["kind"], found["name"], found["tag"]) == ("docker-archive", "base", "1")
    tar = nix_layers()[0]
    assert found["layers"][0] == {
        "diffId": images.sha256(tar),
        "size": len(tar),
        "blob": None,
        "createdBy": "layer 0",
        "fromBase": False,
        "paths": 1,
    }
    [glibc] = [path for path in found["paths"] if path["path"] == GLIBC]
    assert glibc.pop("narSize") > 0
    assert glibc == {
        "path": GLIBC,
        "name": "glibc",
        "version": "2.39",
        "output": "",
        "layer": images.sha256(tar),
        "references": None,
    }
    assert {path["path"]: path["references"] for path in document(archive, "--tree")["paths"]}[HELLO] == [BASH, GLIBC]


@pytest.mark.parametrize(("settings", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colours_only_on_a_terminal_that_wants_them(archive: Path, settings: dict[str, str], coloured: bool) -> None:
    assert "\x1b" not in "".join(lines(archive))
    environment = {"TERM": "xterm", "NO_COLOR": "", **settings}
    ours, theirs = pty.openpty()
    try:
        command = [*COMMAND, "inspect", str(archive), "--paths"]
        subprocess.run(command, stdout=theirs, env=command_environment(**environment), check=True)
        os.close(theirs)
        assert (b"\x1b[1m" in os.read(ours, 100)) == coloured
    finally:
        os.close(ours)


def test_what_an_image_says_cannot_move_the_cursor(tmp_path: Path) -> None:
    config = {"Cmd": ["\x1b[2J"], "Labels": {"\u202e": "\x07"}}
    archive = images.docker_archive(tmp_path / "image.tar", [images.layer({"a": b""})], config=config)
    assert all(line.isprintable() for line in lines(archive))


def test_a_locale_without_umlauts_is_no_error(archive: Path) -> None:
    assert "└─" in lines(archive, "--tree", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")[1]
