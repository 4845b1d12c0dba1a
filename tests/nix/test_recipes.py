"""The recipes of nix/recipes.md: their expressions, and the arguments that they name."""

from __future__ import annotations

import json
import re

import pytest

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


def test_what_is_declared_instead_is_there(nix: Nix) -> None:
    named = {word for row in rows("From dockerTools") for word in re.findall(r"`(\w+)", row[1])}
    known = json.loads(nix.evaluate("builtins.attrNames (pkgs.lib.functionArgs dockerTools.buildImage)"))
    assert len(named) > 8
    assert named <= set(known)


def test_words_of_nix2container_are_known(nix: Nix) -> None:
    arguments = "name tag copyToRoot config fromImage layers perms created maxLayers architecture includeNixDB uid gid"
    known = json.loads(nix.evaluate("builtins.attrNames (pkgs.lib.functionArgs dockerTools.buildImage)"))
    assert set(arguments.split()) <= set(known)
    for word, here in {"initializeNixDatabase": "includeNixDB", "nixUid": "uid", "arch": "architecture"}.items():
        assert f"it is called {here} here" in nix.fails(f'dockerTools.buildImage {{ name = "a"; {word} = null; }}')
