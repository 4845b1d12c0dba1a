"""What NixOS modules read of an image, and our own module for virtualisation.oci-containers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.nix import Nix
from tests.support.tools import ROOT

ARGUMENTS = '{ name = "team/service"; tag = "1"; contents = [ pkgs.hello ]; }'
IMAGE = f"(dockerTools.buildLayeredImage {ARGUMENTS})"
STREAM = f"(dockerTools.streamLayeredImage {ARGUMENTS})"
SHELL = "(dockerTools.streamNixShellImage { drv = pkgs.hello; })"


def value(nix: Nix, body: str) -> Any:
    return json.loads(nix.evaluate(body))


@pytest.mark.parametrize("part", ["", ".archive", ".stream", ".copyToPodman"])
def test_types_package_takes_it(nix: Nix, part: str) -> None:
    """It wants `type`, and of a package in a string the store path (oci-containers, k3s)."""
    body = f'let one = {IMAGE}{part}; in [ one.type (pkgs.lib.hasPrefix builtins.storeDir "${{one}}") ]'
    assert value(nix, body) == ["derivation", True]


def test_image_file_and_image_stream(nix: Nix) -> None:
    """oci-containers: `docker load -i ${imageFile}`, and `${imageStream} | docker load`."""
    for body, runs in ((IMAGE, False), (f"{IMAGE}.archive", False), (f"{IMAGE}.stream", True), (STREAM, True)):
        file = nix.build_expression(f'pkgs.runCommand "as-text" {{ }} "echo -n ${{{body}}} > $out"').read_text()
        assert Path(file).is_file()
        assert os.access(file, os.X_OK) is runs


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (IMAGE, "service.tar.gz"),
        (f"{IMAGE}.archive", "service.tar"),
        (IMAGE.replace('tag = "1";', 'compressor = "zstd";'), "service.tar.zst"),
        (IMAGE.replace('tag = "1";', 'layerCompression = "gzip";'), "service.tar"),
    ],
)
def test_k3s_knows_an_archive_by_its_name(nix: Nix, body: str, name: str) -> None:
    """It links each to `image.name`, and k3s takes what ends in .tar, .tar.gz or .tar.zst."""
    assert value(nix, f"{body}.name") == name


@pytest.mark.parametrize(("stream", "name"), [(STREAM, '"team/service"'), (SHELL, '"${pkgs.hello.name}-env"')])
def test_arion_runs_what_is_at_out_path(nix: Nix, stream: str, name: str) -> None:
    """It starts `outPath` where `isExe` is true, which is to be the file, and `bin` the package for others."""
    changed = f"({stream}.override {{ tag = null; }} // {{ isExe = true; }})"
    [at, tag, runs, named] = value(
        nix, f"let one = {changed}; in [ one.outPath one.imageTag one.isExe (one.imageName == {name}) ]"
    )
    assert nix.build_expression(changed) == Path(at)
    assert Path(at).is_file() and os.access(at, os.X_OK)
    assert (tag, runs, named) == (Path(at).name[:32], True, True)
    assert nix("sh", "-c", f"{at} | tar t").count("manifest.json") == 1


def test_arion_loads_what_is_no_program(nix: Nix) -> None:
    body = f'let one = {IMAGE}; in [ (one.isExe or false) (one.outPath == "${{one}}") one.imageName one.imageTag ]'
    assert value(nix, body) == [False, True, "team/service", "1"]


# What NixOS' lib does for a module, in part: priorities are looked at by name.
EVALUATED = f"""
  backend: containers: let
    lib = pkgs.lib // {{
      mkOption = option: option;
      mkIf = condition: value: if condition then value else null;
      mkBefore = value: {{ before = value; }};
      literalExpression = text: text;
      types = {{
        attrsOf = type: type;
        submodule = module: module;
        nullOr = type: "null or ${{type}}";
        package = "package";
      }};
    }};
    module = import {ROOT}/nix/flake/nixos-module.nix {{
      inherit lib;
      config.virtualisation.oci-containers = {{ inherit backend containers; }};
    }};
  in {{
    container = module.options.virtualisation.oci-containers.containers.type;
    inherit (module.config.systemd) services;
  }}
"""


@pytest.mark.parametrize(("backend", "program"), [("docker", "copyToDockerDaemon"), ("podman", "copyToPodman")])
def test_our_module_copies_before_the_container_starts(nix: Nix, backend: str, program: str) -> None:
    containers = f'{{ a.nixdock = {IMAGE}; b.nixdock = null; c = {{ nixdock = {IMAGE}; serviceName = "mine"; }}; }}'
    body = f'(({EVALUATED}) "{backend}" {containers}).services'
    copies = {"serviceConfig": {"ExecStartPre": {"before": [value(nix, f'"${{{IMAGE}.{program}}}"')]}}}
    assert value(nix, body) == {f"{backend}-a": copies, "mine": copies}


def test_our_module_names_the_image(nix: Nix) -> None:
    container = f'(({EVALUATED}) "docker" {{ }}).container'
    given = f"({container} {{ config.nixdock = {IMAGE}; }})"
    assert value(nix, f"[ {given}.config.image {given}.options.nixdock.type ]") == ["team/service:1", "null or package"]
    assert value(nix, f"({container} {{ config.nixdock = null; }}).config.image") is None
