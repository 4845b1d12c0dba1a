"""Package sets as they come: for another machine, and with build users."""

from __future__ import annotations

import pwd
import subprocess
from pathlib import Path

import pytest

from tests.support.nix import PRELUDE, Nix
from tests.support.tools import need

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


@pytest.fixture(scope="module")
def build_users() -> str:
    """The group of Nix' build users, made here where the machine has none (as root; a daemon has its own)."""
    group = "nixbld"
    try:
        pwd.getpwnam("nixbld1")
    except KeyError:
        subprocess.run([need("groupadd"), "--force", "--system", group], check=True)
        command = [need("useradd"), "--system", "--no-user-group", "--gid", group, "--groups", group]
        subprocess.run([*command, "--home-dir", "/var/empty", "--shell", "/usr/sbin/nologin", "nixbld1"], check=True)
    return group


IMAGES = ["demo", "layered", "scripted", "fakeRoot", "fakeChroot", "runAsRoot"]


@pytest.mark.parametrize("example", IMAGES)
def test_a_build_user_makes_the_same_bytes_as_root(nix: Nix, build_users: str, example: str) -> None:
    recipe = nix.derivations(f"nixdock.examples.{example}.recipe")
    nix("nix-store", "--realise", *recipe)
    steps = [
        path for path in nix("nix-store", "-qR", *recipe).split() if path.endswith(("-root.tar.drv", "-recipe.drv"))
    ]
    assert steps
    nix("nix-store", "--realise", "--check", "--option", "build-users-group", build_users, *steps)


def test_the_build_user_is_one(nix: Nix, build_users: str) -> None:
    body = 'pkgs.runCommandLocal "who" { } "id -u > $out; echo ${toString builtins.currentTime} >> $out"'
    command = ("--no-out-link", "--option", "build-users-group", build_users, "--option", "sandbox", "false")
    built = nix("nix-build", *command, "--expr", PRELUDE + body).strip()
    assert int(Path(built).read_text().split()[0]) == pwd.getpwnam("nixbld1").pw_uid
