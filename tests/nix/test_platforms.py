"""Package sets as they come: for another machine, and with build users."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.build_users import UID, BuildUser
from tests.support.nix import PRELUDE, Nix

# A cross package set, as nixpkgs has them: what runs while the image is made is this machine's, the image is not.
CROSS = """
let
  cross = pkgs // {
    stdenv = pkgs.stdenv // {
      hostPlatform = pkgs.stdenv.hostPlatform // { system = "riscv64-linux"; go.GOARCH = "riscv64"; };
      buildPlatform = pkgs.stdenv.hostPlatform;
    };
    buildPackages = pkgs;
    python3 = throw "a program of the other machine cannot run here";
    coreutils = throw "a program of the other machine cannot run here";
    zstd = throw "a program of the other machine cannot run here";
  };
  lib = import ROOT/nix cross;
in
"""


@pytest.mark.parametrize("function", ["buildImage", "buildLayeredImage"])
def test_a_cross_package_set_gives_the_architecture_of_its_host(nix: Nix, function: str) -> None:
    root = Path(__file__).parents[2]
    image = nix.image(CROSS.replace("ROOT", str(root)) + f'lib.{function} {{ name = "cross"; config.Cmd = [ "x" ]; }}')
    assert image.recipe["platform"] == {"architecture": "riscv64", "os": "linux"}


@pytest.fixture
def build_user(nix: Nix, tmp_path: Path) -> BuildUser:
    return BuildUser(nix, tmp_path)


IMAGES = ["demo", "layered", "scripted", "fakeRoot", "fakeChroot", "runAsRoot"]


@pytest.mark.parametrize("example", IMAGES)
def test_a_build_user_makes_the_same_bytes_as_root(nix: Nix, build_user: BuildUser, example: str) -> None:
    recipe = nix.derivations(f"nixdock.examples.{example}.recipe")
    nix("nix-store", "--realise", *recipe)
    steps = [
        path for path in nix("nix-store", "-qR", *recipe).split() if path.endswith(("-root.tar.drv", "-recipe.drv"))
    ]
    assert steps
    build_user("nix-store", "--realise", "--check", *steps)


def test_the_build_user_is_one(build_user: BuildUser) -> None:
    body = 'pkgs.runCommandLocal "who" { } "id -u > $out; echo ${toString builtins.currentTime} >> $out"'
    built = build_user("nix-build", "--no-out-link", "--option", "sandbox", "false", "--expr", PRELUDE + body).strip()
    assert int(Path(built).read_text().split()[0]) == UID
