"""The recipes of nix/recipes.md: their expressions, and the arguments that they name."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest

from tests.support.images import layers_of
from tests.support.nix import Nix
from tests.support.nixos import NIXOS
from tests.support.tools import ROOT

RECIPES = (ROOT / "nix/recipes.md").read_text()
BLOCKS = re.findall(r"```nix\n(.*?)```", RECIPES, flags=re.DOTALL)
SCOPE = f"""
  let
    image = dockerTools.buildLayeredImage {{ name = "service"; tag = "1"; contents = [ pkgs.hello ]; }};
    nixos = {NIXOS} {{ networking.hostName = "service"; services.service.ExecStart = "${{pkgs.hello}}/bin/hello"; }};
    lib.mkForce = value: value;
  in
"""


def rows(title: str) -> list[list[str]]:
    """The cells of the table of a section, without its head."""
    section = RECIPES.split(f"## {title}\n")[1].split("\n## ")[0]
    return [line.split("|")[1:-1] for line in section.splitlines() if line.startswith("|")][2:]


@pytest.mark.parametrize("block", BLOCKS)
def test_an_expression_evaluates(nix: Nix, block: str) -> None:
    assert "service" in nix.evaluate(f"{SCOPE}({block})")


def cells(title: str, column: int) -> list[str]:
    return [row[column].strip() for row in rows(title)]


@dataclass(frozen=True)
class Made:
    """config: of the image. tree: the members of its last layer by name."""

    config: Mapping[str, Any]
    tree: Mapping[str, tarfile.TarInfo]


# What is declared instead -> what it does in an image: its arguments (APP are added), and a check on it.
APP = "users.app = { uid = 1000; home = null; };"
INSTEAD: Mapping[str, tuple[str, Callable[[Made], bool]]] = {
    "`users`, `groups`, `defaultUser`": (
        'groups.team.gid = 50; defaultUser = "app";',
        lambda image: image.config["User"] == "1000" and image.tree["etc/group"].size > 0,
    ),
    "`tmp = true`": ("tmp = true;", lambda image: image.tree["tmp"].mode == 0o1777),
    "`certificates = true`": (
        "certificates = true;",
        lambda image: (
            image.config["Env"] == ["SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt"]
            and image.tree["etc/ssl/certs/ca-bundle.crt"].linkname.endswith("/ca-bundle.crt")
        ),
    ),
    "`shell = true`": (
        "shell = true;",
        lambda image: (
            image.tree["bin/sh"].linkname.endswith("/bin/bash") and image.tree["usr/bin/env"].linkname.endswith("/env")
        ),
    ),
    '`directories."/var/lib/app".user = "app"`': (
        'directories."/var/lib/app".user = "app";',
        lambda image: (image.tree["var/lib/app"].uid, image.tree["var/lib/app"].gid) == (1000, 1000),
    ),
    "`init = true`": (
        'init = true; config.Entrypoint = [ "/app" ];',
        lambda image: [word.rpartition("/")[2] for word in image.config["Entrypoint"]] == ["tini", "--", "app"],
    ),
    '`timeZone = "Europe/Berlin"`': (
        'timeZone = "Europe/Berlin";',
        lambda image: image.tree["etc/localtime"].linkname == "/usr/share/zoneinfo/Europe/Berlin",
    ),
    "`labels = { }`": (
        'labels = { }; meta.description = "d";',
        lambda image: image.config["Labels"]["org.opencontainers.image.description"] == "d",
    ),
}


def test_each_row_from_docker_tools_has_a_check() -> None:
    assert cells("From dockerTools", 1) == list(INSTEAD)


@pytest.mark.parametrize("words", INSTEAD)
def test_what_is_declared_instead_does_it(nix: Nix, words: str) -> None:
    arguments, holds = INSTEAD[words]
    assert words.strip("`").partition(";")[0] in arguments or "`, `" in words
    image = nix.image(f'dockerTools.buildImage {{ name = "a"; compressor = "none"; {APP} {arguments} }}')
    [layer] = layers_of(image.archive)
    with tarfile.open(fileobj=BytesIO(layer)) as tar:
        assert holds(Made(image.recipe["config"], {member.name: member for member in tar}))


# A word of nix2container's -> what is called so, or otherwise, here: functions, arguments, attributes of an image.
KNOWN = f"""
  {{
    functions = builtins.attrNames dockerTools;
    image = builtins.attrNames (pkgs.lib.functionArgs dockerTools.buildImage);
    layer = builtins.attrNames (pkgs.lib.functionArgs dockerTools.buildLayer);
    attributes = builtins.attrNames ({SCOPE} image);
  }}
"""


def words(text: str) -> set[str]:
    """The words of Nix in a cell."""
    return {word for code in re.findall(r"`([^`]+)`", text) for word in re.findall(r"[A-Za-z]\w+", code)}


def test_every_word_for_nix2container_is_one_here(nix: Nix) -> None:
    known = {name for names in json.loads(nix.evaluate(KNOWN)).values() for name in names} | {"lock"}
    named: set[str] = set()
    for left, right in rows("From nix2container"):
        named |= words(right) | (words(left) if "the same" in right else set())
    assert len(named) > 25
    assert named <= known


RENAMED = {"initializeNixDatabase": "includeNixDB", "nixUid": "uid", "nixGid": "gid", "arch": "architecture"}


@pytest.mark.parametrize("word", RENAMED)
def test_words_that_are_called_otherwise_are_an_error_that_says_how(nix: Nix, word: str) -> None:
    assert any(f"`{word}`" in cell for cell in cells("From nix2container", 0))
    said = nix.fails(f'dockerTools.buildImage {{ name = "a"; {word} = null; }}')
    assert f"it is called {RENAMED[word]} here" in said


def test_an_expression_of_nix2container_with_these_words(nix: Nix) -> None:
    """As its own examples have it: a layer of dependencies, permissions, a base, a database."""
    image = nix.image("""dockerTools.buildImage {
      name = "a"; tag = "1"; created = "2020-01-01T00:00:00Z"; maxLayers = 10; compressor = "none";
      fromImage = dockerTools.buildImage { name = "base"; };
      copyToRoot = [ pkgs.hello ];
      perms = [ { path = pkgs.hello; regex = "/bin/hello"; mode = "0700"; uid = 5; gid = 6; } ];
      layers = [ (dockerTools.buildLayer { deps = [ pkgs.glibc ]; metadata.created_by = "deps"; }) ];
      includeNixDB = true; uid = 1000; gid = 100; architecture = "amd64";
      config.entrypoint = [ "/bin/hello" ];
    }""")
    assert any("deps" in str(layer["history"]) for layer in image.recipe["layers"])
    with tarfile.open(fileobj=BytesIO(layers_of(image.archive)[-1])) as tar:
        database = tar.getmember("nix/var/nix/db/db.sqlite")
        assert (database.uid, database.gid) == (1000, 100)
        assert (tar.getmember("bin/hello").uid, tar.getmember("bin/hello").mode) == (5, 0o700)
