"""An image of 100 layers, from Nix to where it runs: no tarball of it in the store, and only what changed moves."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from tests.support.docker import Docker
from tests.support.nix import Nix
from tests.support.pushing import pushed
from tests.support.registry import Registry
from tests.support.tools import output

# 95 parts, of which each needs two others, the program that reads them, bash with its two libraries, and the links.
# `contents` does not mention the program, so the links stay as they are when it changes.
IMAGE = """(let
  inherit (builtins) elemAt genList toString;
  parts = genList (n: pkgs.writeText "hundred-part-${toString n}" "${needs n}\\n") 95;
  needs = n: if n == 0 then "nothing" else "${elemAt parts (n - 1)} ${elemAt parts (n / 2)}";
  program = pkgs.writeText "hundred-program" ''
    declare -i count
    for part in ${toString parts}; do read -r line < $part && count+=1; done
    echo "VERSION: $count parts"
  '';
in
dockerTools.buildLayeredImage {
  name = "hundred";
  tag = "1";
  maxLayers = 100;
  contents = pkgs.bash;
  config.Cmd = [ "/bin/bash" "${program}" ];
})"""


def made_by_nixdock(nix: Nix, body: str) -> dict[str, Path]:
    """The outputs (name → path) of all derivations in a build that run nixdock: those that its hook is an input of."""
    [wanted] = nix.derivations(body)
    derivations = json.loads(nix("nix", "show-derivation", "--recursive", wanted))
    [hook] = [path for path in derivations if path.endswith("-nixdock-hook.drv")]
    own = [Path(made["outputs"]["out"]["path"]) for made in derivations.values() if hook in made["inputDrvs"]]
    return {path.name[33:]: path for path in own}


def test_no_tarball_is_made_on_the_way_to_docker(nix: Nix, docker: Docker) -> None:
    command = f"{IMAGE}.copyToDockerDaemon"
    program = nix.build_expression(command)
    output(program, "--", "--host", docker.host)
    assert docker.run("hundred:1") == "VERSION: 95 parts\n"
    assert len(docker.layers("hundred:1")) == 100
    docker.remove("hundred:1")

    made = made_by_nixdock(nix, command)
    assert set(made) == {"hundred-config.json", "hundred-recipe", "copy-to-docker-daemon-hundred"}
    files = [file for path in made.values() for file in (path, *path.rglob("*")) if file.is_file()]
    assert len(files) == 3
    assert not [file for file in files if tarfile.is_tarfile(file)]


def test_a_change_of_one_package_moves_its_layer_and_the_config(nix: Nix, registry: Registry) -> None:
    place = f"docker://{registry.host}/hundred:1"
    pushed(nix.build_expression(f"{IMAGE}.recipe"), place)
    before, sent = registry.manifest("hundred", "1"), registry.uploads()

    recipe = nix.build_expression(f"{IMAGE.replace('VERSION', 'the next')}.recipe")
    assert " 99 of 100 layers were there, " in pushed(recipe, place)
    assert registry.uploads() - sent == 1 + 1
    after = registry.manifest("hundred", "1")
    assert after["config"] != before["config"]
    layers = json.loads((recipe / "image.json").read_text())["layers"]
    moved = [layer for layer, blob in zip(layers, after["layers"], strict=True) if blob not in before["layers"]]
    assert [Path(path).name[33:] for layer in moved for path in layer["source"]["paths"]] == ["hundred-program"]
