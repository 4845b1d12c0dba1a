"""What a person did wrong is said before anything is built: what, and what to do about it."""

from __future__ import annotations

import json

import pytest

from tests.support.nix import Nix, error_lines


def build_image(arguments: str) -> str:
    return f"dockerTools.buildImage {{ {arguments} }}"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ('name = "a b";', 'docker would refuse the name "a b": use'),
        ('name = "a"; tag = "-x";', 'docker would refuse the tag "-x": use'),
        ("name = 5;", "name is an int, not a string"),
        ('name = "a"; config = [ ];', "config is a list, not an attribute set: write it as"),
        ('name = "a"; config = "Cmd";', "config is a string, not an attribute set: write it as"),
        ('name = "a"; compressor = "xz";', 'unknown compressor "xz": use'),
        (
            'name = "a"; contents = pkgs.hello; copyToRoot = pkgs.hello;',
            "both `contents` and `copyToRoot` are given: keep",
        ),
        ('name = "a"; copyToRoot = "/srv/www";', 'copyToRoot has "/srv/www", which is not in the store: write'),
        ('name = "a"; copyToRoot = [ 5 ];', "copyToRoot has an int, which is not in the store: write"),
        ('name = "a"; fromImage = "/tmp/x.tar";', 'fromImage is "/tmp/x.tar", which is not in the store: write'),
        ('name = "a"; fromImage = [ ];', "fromImage is a list, which is not in the store: write"),
        ('name = "a"; layers = [ pkgs.hello ];', "`layers` has something else than a layer: make it one"),
        ('name = "a"; layers = { };', "layers is a set, not a list: write layers = ["),
        ('name = "a"; tag = [ ];', "docker would refuse the tag a list: use"),
        ('name = "a"; compressor = null;', "unknown compressor null: use"),
        ('name = "a"; layerCompression = "xz";', 'unknown layerCompression "xz": use "none", "gzip" or "zstd"'),
        ('name = "a"; layerCompression = "gz";', 'unknown layerCompression "gz": use'),
        ('name = "a"; layerCompression = null;', "unknown layerCompression null: use"),
        ('name = "a"; keepContentsDirlinks = "no";', 'keepContentsDirlinks is "no", not of type bool: write true or'),
        ('name = "a"; extraCommands = 5;', "extraCommands is an int, not of type string or path or set or null: write"),
        ('name = "a"; runAsRoot = [ ];', "runAsRoot is a list, not of type string or path or set or null: write it"),
        ('name = "a"; fromImageTag = 5;', "fromImageTag is an int, not of type string or null: write it in quotes"),
        ('name = "a"; includeNixDB = null;', "includeNixDB is null, not of type bool: write true or false"),
    ],
)
def test_nixdock_says_what_is_wrong(nix: Nix, arguments: str, says: str) -> None:
    messages = nix.fails(build_image(arguments))
    assert f"error: nixdock: buildImage: {says}" in messages
    assert "will be built" not in messages


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("buildLayeredImage", 'name = "a";'),
        ("streamLayeredImage", 'name = "a";'),
        ("buildLayeredImageWithNixDb", 'name = "a";'),
        ("buildNixShellImage", "drv = pkgs.hello;"),
        ("streamNixShellImage", "drv = pkgs.hello;"),
        ("buildIndex", 'name = "a"; images = [ ];'),
        ("mergeImages", 'images = [ (dockerTools.buildImage { name = "a"; }) ];'),
    ],
)
def test_an_unknown_compression_of_layers(nix: Nix, function: str, arguments: str) -> None:
    messages = nix.fails(f"dockerTools.{function} {{ {arguments} layerCompression = false; }}")
    assert 'unknown layerCompression a bool: use "none", "gzip" or "zstd"' in messages


@pytest.mark.parametrize("name", ["a..b/x", "a-.b:5000/x", "a_b.c:5/x", "[::g]/x", "x" * 238, "0" * 64])
def test_names_that_docker_refuses(nix: Nix, name: str) -> None:
    assert f'docker would refuse the name "{name}": use' in nix.fails(build_image(f'name = "{name}";'))


@pytest.mark.parametrize("name", ["[::1]:5000/x", "[2001:DB8::1]/x", "a_b.c/x", "a--b.c:5/x", "x" * 237, "h.example/x"])
def test_names_that_docker_takes(nix: Nix, name: str) -> None:
    image = build_image(f'name = "{name}";')
    assert json.loads(nix.evaluate(f"({image}).imageName")) == name.lower()


DIGEST = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        (
            'buildLayeredImage { name = "a"; includeStorePaths = 0; }',
            "buildLayeredImage: includeStorePaths is an int, not of type bool: write true or false",
        ),
        ("buildLayer { ignore = [ pkgs.hello ]; }", "buildLayer: ignore is a list, which is not in the store: write"),
        ('buildLayer { ignore = "/etc"; }', 'buildLayer: ignore is "/etc", which is not in the store: write'),
        ("buildLayer { layers = null; }", "buildLayer: layers is null, not a list: write layers = ["),
        ("mergeImages [ null ]", "mergeImages: the list has null, which is not in the store: write"),
        ("mergeImages [ pkgs.hello { } ]", "mergeImages: the list has a set, which is not in the store: write"),
        ('exportImage { fromImage = "/tmp/x.tar"; }', 'exportImage: fromImage is "/tmp/x.tar", which is not in'),
        ("exportImage { fromImage = ./.; name = 5; }", "exportImage: name is an int, not of type string: write it"),
        ('buildIndex { name = "a"; images = [ null ]; }', "buildIndex: images has null, which has no recipe: give"),
        (
            f'pullImage {{ imageName = null; imageDigest = "{DIGEST}"; }}',
            "pullImage: imageName is null, not of type string: write it in quotes",
        ),
        ("pullImage { lock = [ ]; }", "pullImage: lock is a list, not of type path or string or set: write it without"),
        (
            "streamNixShellImage { drv = pkgs.hello; uid = [ ]; }",
            "streamNixShellImage: uid is a list, not of type int or string: write a number",
        ),
    ],
)
def test_of_which_function_a_value_is_wrong(nix: Nix, expression: str, says: str) -> None:
    messages = nix.fails(f"dockerTools.{expression}")
    assert f"error: nixdock: {says}" in messages
    assert "will be built" not in messages


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        ("dockerTools.buildImage", 'name = "a"; tag = "1"; copyToRoot'),
        ("dockerTools.buildLayeredImage", 'name = "a"; tag = "1"; contents'),
        ("dockerTools.buildLayer", "deps"),
    ],
)
def test_lists_in_lists_and_nulls_are_taken_as_in_an_environment(nix: Nix, function: str, argument: str) -> None:
    nested = f"{function} {{ {argument} = [ null [ pkgs.hello [ ] ] pkgs.bash ]; }}"
    assert nix.path(nested) == nix.path(f"{function} {{ {argument} = [ pkgs.hello pkgs.bash ]; }}")


@pytest.mark.parametrize("created", ["yesterday", "1970-13-01T00:00:01Z", "1970-01-01T00:00:01 o'clock"])
def test_a_date_that_is_none(nix: Nix, created: str) -> None:
    messages = nix.fails(build_image(f'name = "a"; created = "{created}";'))
    [line] = error_lines(messages)
    assert created in line
    assert "created" in line.replace(created, "")
    assert "Traceback" not in messages


def test_the_old_name_of_copy_to_root_is_only_a_warning(nix: Nix) -> None:
    old = build_image('name = "a"; tag = "1"; contents = pkgs.hello;')
    assert nix.path(old) == nix.path(old.replace("contents", "copyToRoot"))
