"""An argument that a function does not know: what was meant, or what it is called here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.nix import Nix


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ('buildImage { name = "a"; copyToRot = [ ]; }', "copyToRot: did you mean copyToRoot?"),
        ('buildImage { name = "a"; CompresSor = "gz"; }', "CompresSor: did you mean compressor?"),
        (
            'buildImage { name = "a"; initializeNixDatabase = true; }',
            "initializeNixDatabase: it is called includeNixDB",
        ),
        ('buildImage { name = "a"; nixUid = 1; }', "nixUid: it is called uid here"),
        ('buildImage { name = "a"; nixGid = 1; }', "nixGid: it is called gid here"),
        ('buildImage { name = "a"; arch = "arm64"; }', "arch: it is called architecture here"),
        ('buildImage { name = "a"; entrypoint = [ ]; }', "entrypoint: it belongs into config: config.Entrypoint"),
        (
            'buildImage { name = "a"; unlikeAnythingElse = 1; }',
            "unlikeAnythingElse: it has annotations, architecture, ",
        ),
        ('streamLayeredImage { name = "a"; copyToRoot = [ ]; }', "copyToRoot: it is called contents here"),
        (
            'buildLayeredImage { name = "a"; runAsRoot = ""; }',
            "runAsRoot: write fakeRootCommands, with enableFakechroot",
        ),
        ('streamLayeredImage { name = "a"; compressor = "gz"; }', "compressor: leave it out"),
        ('buildImageWithNixDb { name = "a"; nixUid = 1; }', "nixUid: it is called uid here"),
        ('buildLayeredImageWithNixDb { name = "a"; copyToRoot = [ ]; }', "copyToRoot: it is called contents here"),
        ("buildLayer { contents = [ ]; }", "contents: it is called copyToRoot here"),
        ("buildLayer { dep = [ ]; }", "dep: did you mean deps?"),
        ('buildIndex { name = "a"; manifests = [ ]; images = [ ]; }', "manifests: it is called images here"),
        ("exportImage { fromImge = ./.; }", "fromImge: did you mean fromImage?"),
        ('pullImage { imageName = "a"; architecture = "arm64"; }', "architecture: it is called arch here"),
        ('pullImage { imageName = "a"; registryUrl = "a"; }', "registryUrl: write it before the name"),
        ("streamNixShellImage { drv = pkgs.hello; runn = 1; }", "runn: did you mean run?"),
        ("buildNixShellImage { drv = pkgs.hello; comand = 1; }", "comand: did you mean command?"),
        ('pullImageFromManifest { imageName = "a"; imageManifest = ./.; tag = "1"; }', "tag: "),
    ],
)
def test_what_was_meant(nix: Nix, call: str, says: str) -> None:
    function = call.split()[0]
    assert f"error: nixdock: {function}: there is no argument {says}" in nix.fails(f"dockerTools.{call}")


def test_all_of_them_are_named(nix: Nix) -> None:
    messages = nix.fails('dockerTools.buildImage { name = "a"; nixUid = 1; arch = "arm64"; }')
    assert "there is no argument arch: it is called architecture here; there is no argument nixUid: it is" in messages


def test_where_an_image_is_overridden_too(nix: Nix) -> None:
    image = '(dockerTools.buildImage { name = "a"; tag = "1"; })'
    assert json.loads(nix.evaluate(f'({image}.override {{ tag = "2"; }}).imageTag')) == "2"
    assert "there is no argument tagg: did you mean tag?" in nix.fails(f'{image}.override {{ tagg = "2"; }}')


@pytest.mark.parametrize(
    "function", ["buildImage", "buildLayer", "buildIndex", "buildImageWithNixDb", "pullImageFromManifest"]
)
def test_what_a_function_has_is_told_to_lib(nix: Nix, function: str) -> None:
    arguments = json.loads(nix.evaluate(f"pkgs.lib.functionArgs dockerTools.{function}"))
    required = {
        "buildLayer": set(),
        "buildIndex": {"name", "images"},
        "pullImageFromManifest": {"imageName", "imageManifest"},
    }
    assert {name for name, optional in arguments.items() if not optional} == required.get(function, {"name"})
    assert len(arguments) > 4


def test_an_image_by_its_manifest_is_the_one_by_its_lock(nix: Nix, tmp_path: Path) -> None:
    digest = f"sha256:{'0' * 64}"
    descriptor = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": 1}
    (tmp_path / "manifest.json").write_text(json.dumps({"schemaVersion": 2, "config": descriptor, "layers": []}))
    pull = f'dockerTools.pullImageFromManifest {{ imageName = "team/app"; imageManifest = {tmp_path}/manifest.json; '
    assert json.loads(nix.evaluate(f'({pull} imageTag = "3"; }}).destNameTag')) == "docker.io/team/app:3"
    assert json.loads(nix.evaluate(f'({pull} registryUrl = "r.example"; }}).imageName')) == "r.example/team/app"
    (tmp_path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": []}))
    assert "index.json is no manifest of one platform: " in nix.fails(pull.replace("manifest.json", "index.json") + "}")
