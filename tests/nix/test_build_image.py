"""What buildImage gives its caller, beside the file: passthru, the stream, and how a script's failure looks."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.support.nix import Nix, error_lines
from tests.support.tools import output

IMAGE = """dockerTools.buildImage {
  name = "registry.example/team/App";
  tag = "1";
  config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  meta.description = "for a test";
  passthru.mine = 5;
}"""


def test_passthru(nix: Nix) -> None:
    wanted = "inherit (image) imageName imageTag mine; inherit (image.meta) description; inherit (image.buildArgs) tag;"
    found = json.loads(nix.evaluate(f"let image = {IMAGE}; in {{ {wanted} inner = image.passthru.mine; }}"))
    assert found == {
        "imageName": "registry.example/team/app",
        "imageTag": "1",
        "mine": 5,
        "inner": 5,
        "description": "for a test",
        "tag": "1",
    }


def test_the_stream_has_the_bytes_of_the_archive(nix: Nix) -> None:
    archive = nix.build_expression(IMAGE)
    stream = nix.build_expression(f"({IMAGE}).stream")
    assert gzip.decompress(archive.read_bytes()) == output(stream)


@pytest.mark.parametrize("use", ["mergeImages [ {} ]", 'exportImage {{ name = "a"; fromImage = {}; }}'])
def test_the_stream_stands_for_the_image(nix: Nix, use: str) -> None:
    image, stream = (f"dockerTools.{use.format(f'({IMAGE}){what}')}" for what in ("", ".stream"))
    assert nix.path(image) == nix.path(stream)


def test_the_stream_runs_without_the_builds_environment(nix: Nix) -> None:
    stream = nix.build_expression(f"({IMAGE}).stream")
    assert output(stream, env={}) == output(stream)


def test_a_recipe_keeps_its_files_alive(nix: Nix) -> None:
    image = nix.image(IMAGE)
    references = nix("nix-store", "-q", "--references", nix.build_expression(f"({IMAGE}).recipe")).split()
    assert image.store_paths
    assert set(image.store_paths) <= set(references)


def test_gzip_is_gz(nix: Nix) -> None:
    image = 'dockerTools.buildLayeredImage {{ name = "a"; tag = "1"; compressor = "{}"; }}'
    assert nix.path(image.format("gzip")) == nix.path(image.format("gz"))


def test_a_compressed_archive_refers_to_nothing(nix: Nix) -> None:
    for compressor in ("gz", "zstd"):
        body = IMAGE.replace('tag = "1";', f'tag = "1"; compressor = "{compressor}";')
        assert nix("nix-store", "-q", "--references", nix.build_expression(body)) == ""


def test_a_script_that_fails_is_one_line_below_its_own_messages(nix: Nix) -> None:
    script = "extraCommands = ''echo what the script said >&2; exit 3'';"
    messages = nix.fails(f'dockerTools.buildImage {{ name = "a"; {script} }}')
    assert "\nwhat the script said\n" in messages
    [line] = error_lines(messages)
    assert "extraCommands" in line
    assert "exit status 3" in line
    assert "Traceback" not in messages


def test_a_script_stops_at_its_first_error(nix: Nix) -> None:
    nix.fails("dockerTools.buildImage { name = \"a\"; extraCommands = ''false; true''; }")
    nix.fails("dockerTools.buildImage { name = \"a\"; extraCommands = ''false | true''; }")
