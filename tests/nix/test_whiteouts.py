"""Files called `.wh.NAME`: an error, but where a script deletes something of a base image."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from tests.support import images
from tests.support.nix import Nix, error_lines

TREE = """(pkgs.runCommandLocal "tree" { } "mkdir -p $out/share; echo > $out/share/.wh.bar")"""


@pytest.mark.parametrize(
    "expression",
    [
        f'buildImage {{ name = "a"; copyToRoot = {TREE}; }}',
        f'buildLayeredImage {{ name = "a"; contents = {TREE}; }}',
        f'streamLayeredImage {{ name = "a"; config.Env = [ "A=${{{TREE}}}" ]; }}',
        f"buildLayer {{ deps = [ {TREE} ]; }}",
        f"buildLayer {{ copyToRoot = {TREE}; }}",
        f'buildImage {{ name = "a"; copyToRoot = {TREE}; extraCommands = "true"; }}',
        'buildImage { name = "a"; extraCommands = "mkdir share; touch share/.wh.bar"; }',
        'buildImage { name = "a"; runAsRoot = "mkdir /share; touch /share/.wh.bar"; }',
        'buildLayeredImage { name = "a"; fakeRootCommands = "mkdir share; touch share/.wh.bar"; }',
    ],
)
def test_the_path_is_named(nix: Nix, expression: str) -> None:
    [line] = error_lines(nix.fails(f"dockerTools.{expression}"))
    assert "/share/.wh.bar is called like a whiteout" in line


@pytest.mark.parametrize(
    "expression",
    [
        'buildImage { name = "a"; fromImage = BASE; extraCommands = "mkdir etc; touch etc/.wh.gone"; }',
        'buildLayeredImage { name = "a"; fromImage = BASE; fakeRootCommands = "mkdir etc; touch etc/.wh.gone"; }',
    ],
)
def test_a_script_deletes_what_a_base_has(nix: Nix, tmp_path: Path, expression: str) -> None:
    base = images.docker_archive(tmp_path / "base.tar", [images.layer({"etc/gone": b"x", "etc/kept": b"x"})])
    image = f"dockerTools.{expression.replace('BASE', str(base))}"
    flat = nix.build_expression(f"dockerTools.exportImage {{ fromImage = {image}; }}")
    with tarfile.open(fileobj=io.BytesIO(flat.read_bytes())) as tar:
        names = {name.removeprefix("./") for name in tar.getnames()}
    assert "etc/kept" in names
    assert not names & {"etc/gone", "etc/.wh.gone"}
