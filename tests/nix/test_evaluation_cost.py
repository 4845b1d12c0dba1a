"""Evaluating an image is cheap: few derivations, and nothing is built for it."""

from __future__ import annotations

import pytest

from tests.support.nix import PRELUDE, Nix

SCRIPTS = "pkgs.stdenv pkgs.fakeroot pkgs.util-linux pkgs.rsync pkgs.hostname"
PACKAGES = f"pkgs.stdenv.initialPath ++ [ pkgs.hello pkgs.zstd pkgs.libdeflate pkgs.python3 {SCRIPTS} ]"
IMAGES = {
    # The config, the recipe and the archive or the stream.
    'buildLayeredImage { name = "x"; contents = [ pkgs.hello ]; config.Cmd = [ "/bin/hello" ]; }': 3,
    'streamLayeredImage { name = "x"; contents = [ pkgs.hello ]; config.Cmd = [ "/bin/hello" ]; }': 3,
    'buildImage { name = "x"; copyToRoot = pkgs.hello; }': 2,
    # And what the script makes of the root.
    'buildLayeredImage { name = "x"; contents = pkgs.hello; fakeRootCommands = "true"; }': 3,
    # An archive from elsewhere is read in a derivation of its own.
    'buildImage { name = "x"; fromImage = ./base.tar; }': 3,
}


def derivations(nix: Nix, body: str) -> set[str]:
    requisites = nix("nix-store", "-qR", *nix.derivations(body)).split()
    return {path for path in requisites if path.endswith(".drv")}


@pytest.mark.parametrize("image", IMAGES)
def test_how_many_derivations_an_image_takes(nix: Nix, image: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    base = tmp_path_factory.mktemp("base") / "base.tar"
    base.write_bytes(b"evaluation does not read it")
    body = "nixdock." + image.replace("./base.tar", str(base))
    # The hook is built once for all images of a nixdock.
    own = derivations(nix, body) - derivations(nix, PACKAGES)
    assert len({path for path in own if not path.endswith("-nixdock-hook.drv")}) == IMAGES[image], sorted(own)


def test_no_image_needs_a_build_to_be_evaluated(nix: Nix) -> None:
    paths = "builtins.deepSeq (map (image: image.outPath) (builtins.attrValues nixdock.examples)) true"
    options = ("--eval", "--option", "allow-import-from-derivation", "false")
    assert nix("nix-instantiate", *options, "--expr", PRELUDE + paths) == "true\n"
