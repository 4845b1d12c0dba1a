"""The flake, with the embedded package set in place of nixpkgs (no network)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.nix import Nix
from tests.support.tools import ROOT

# The embedded set reads the packages of this machine, hence --impure.
OFFLINE = ("--impure", "--no-write-lock-file", "--override-input", "nixpkgs", f"path:{ROOT}/nix/embedded")


def test_nix_build_gives_the_image_of_nix_build_a(nix: Nix) -> None:
    built = nix("nix", "build", *OFFLINE, "--no-link", "--json", f"{ROOT}#image")
    assert Path(json.loads(built)[0]["outputs"]["out"]) == nix.build("image")


def test_nix_flake_check(nix: Nix) -> None:
    nix("nix", "flake", "check", *OFFLINE, str(ROOT))


def test_nix_run_is_the_command(nix: Nix) -> None:
    usage = nix("nix", "run", *OFFLINE, f"{ROOT}#nixdock", "--", "--help")
    assert usage.startswith("usage: nixdock ")


@pytest.mark.parametrize("attribute", ["image.stream", "layered.copyToRegistry"])
def test_nix_run_starts_what_moves_an_image(nix: Nix, attribute: str) -> None:
    usage = nix("nix", "run", *OFFLINE, f"{ROOT}#{attribute}", "--", "--help")
    assert usage.startswith("usage: nixdock ")


def test_the_overlay_replaces_docker_tools(nix: Nix) -> None:
    overlaid = f"(import {ROOT}/nix/embedded {{ overlays = [ (import {ROOT}/nix/overlay.nix) ]; }})"
    image = f'{overlaid}.dockerTools.buildImage {{ name = "a"; tag = "1"; }}'
    assert nix.path(image) == nix.path('dockerTools.buildImage { name = "a"; tag = "1"; }')
