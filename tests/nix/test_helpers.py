"""dockerTools' helpers as store paths: the files they promise, with the content that programs rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.nix import Nix
from tests.support.tools import ROOT

# Of the place where it is built, or added by bash and the stdenv.
NOT_OF_THE_DERIVATION = {"HOME", "NIX_BUILD_CORES", "PATH", "SHLVL", "SOURCE_DATE_EPOCH", "_"}

EVERY_KIND_OF_ATTRIBUTE = f"""
pkgs.stdenv.mkDerivation {{
  name = "attributes";
  __ignoreNulls = true;
  text = "line one\\nline two";
  "other-text" = "x";
  passAsFile = [ "text" ];
  list = [ "a" [ ] "b" [ "c" true null ] 4 ];
  yes = true;
  no = false;
  nothing = null;
  number = 42;
  flag = "--second=${{placeholder "second"}} --prefix=${{placeholder "out"}}";
  file = {ROOT}/nix/default.nix;
  files = [ {ROOT}/nix/default.nix pkgs.hello ];
  inputs = [ pkgs.hello ];
  outputs = [ "out" "second" ];
  buildCommand = "mkdir $out $second; env -0 > $out/environment; cp $textPath $out/text";
}}
"""

STRUCTURED = 'pkgs.stdenv.mkDerivation { name = "structured"; __structuredAttrs = true; buildCommand = ""; }'


def files(tree: Path) -> set[str]:
    return {str(path.relative_to(tree)) for path in tree.rglob("*") if not path.is_dir()}


def test_usr_bin_env(nix: Nix) -> None:
    tree = nix.build("usrBinEnv")
    assert files(tree) == {"usr/bin/env"}
    assert (tree / "usr/bin/env").resolve() == nix.build("pkgs.coreutils") / "bin/env"


def test_bin_sh_is_bash(nix: Nix) -> None:
    tree = nix.build("binSh")
    assert files(tree) == {"bin/sh"}
    assert (tree / "bin/sh").resolve() == nix.build("pkgs.bashInteractive") / "bin/bash"


def test_root_certificates_are_at_the_three_usual_places(nix: Nix) -> None:
    tree = nix.build("caCertificates")
    assert files(tree) == {
        "etc/ssl/certs/ca-bundle.crt",
        "etc/ssl/certs/ca-certificates.crt",
        "etc/pki/tls/certs/ca-bundle.crt",
    }
    [bundle] = {path.read_bytes() for path in tree.rglob("*.crt")}
    assert bundle == (nix.build("pkgs.cacert") / "etc/ssl/certs/ca-bundle.crt").read_bytes()
    assert bundle.count(b"-----BEGIN CERTIFICATE-----") > 100


def test_fake_nss(nix: Nix) -> None:
    tree = nix.build("fakeNss")
    assert files(tree) == {"etc/passwd", "etc/group", "etc/nsswitch.conf"}
    assert (tree / "etc/passwd").read_text() == (
        "root:x:0:0:root user:/var/empty:/bin/sh\nnobody:x:65534:65534:nobody:/var/empty:/bin/sh\n"
    )
    assert (tree / "etc/group").read_text() == "root:x:0:\nnobody:x:65534:\n"
    assert (tree / "etc/nsswitch.conf").read_text() == "hosts: files dns\n"
    assert list((tree / "var/empty").iterdir()) == []


def test_fake_nss_can_be_overridden_again_and_again(nix: Nix) -> None:
    users = 'dockerTools.fakeNss.override { extraPasswdLines = [ "a:x:1:2::/:/bin/sh" "b:x:3:4::/:/bin/sh" ]; }'
    groups = f'({users}).override {{ extraGroupLines = [ "a:x:2:" ]; }}'
    tree = nix.build_expression(groups)
    names = [line.split(":")[0] for line in (tree / "etc/passwd").read_text().splitlines()]
    assert names == ["root", "a", "b", "nobody"]
    assert (tree / "etc/group").read_text() == "root:x:0:\na:x:2:\nnobody:x:65534:\n"


def test_shadow_setup_brings_the_tools_of_shadow(nix: Nix) -> None:
    script = json.loads(nix.evaluate("dockerTools.shadowSetup"))
    assert f"{nix.path('pkgs.shadow')}/bin:$PATH" in script
    assert (nix.build("pkgs.shadow") / "bin/useradd").exists()


def test_a_package_set_without_shadow_still_has_the_others(nix: Nix) -> None:
    without = f'(import {ROOT}/nix (removeAttrs pkgs [ "shadow" ]))'
    assert nix.path(f"{without}.fakeNss") == nix.path("nixdock.fakeNss")


def test_the_environment_is_the_one_that_nix_gives_to_a_builder(nix: Nix) -> None:
    environment = f"(dockerTools.internal.derivationEnvironment ({EVERY_KIND_OF_ATTRIBUTE}))"
    ours = json.loads(nix.evaluate(f"{environment}.variables"))
    built = nix.build_expression(EVERY_KIND_OF_ATTRIBUTE)
    entries = (built / "environment").read_text().rstrip("\0").split("\0")
    seen = {name: value for name, _, value in (entry.partition("=") for entry in entries)}

    # Where Nix writes the file into its build directory, we need a store path.
    copied = f'pkgs.runCommandLocal "text" {{ inherit ({environment}.variables) textPath; }} "cp $textPath $out"'
    assert nix.build_expression(copied).read_bytes() == (built / "text").read_bytes() == b"line one\nline two"
    assert Path(seen.pop("textPath")).name.startswith(".attr-")
    assert ours.pop("textPath").endswith("-pass-as-file-text")

    for name in NOT_OF_THE_DERIVATION:
        seen.pop(name)
    assert ours.pop("NIX_BUILD_CORES") == "0"
    assert seen == ours


@pytest.mark.parametrize("function", ["streamNixShellImage", "buildNixShellImage"])
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (f"drv = {STRUCTURED};", "structured uses __structuredAttrs, which environment variables cannot hold: take"),
        ('drv = pkgs.hello; command = "a"; run = "b";', "both `command` and `run` are given: keep"),
        ('drv = "hello"; name = "hello";', "drv is no derivation: give"),
        ('drv = pkgs.hello; homeDirectory = "home";', 'homeDirectory "home" is no absolute path: begin it with /'),
    ],
)
def test_what_a_nix_shell_image_cannot_be_made_of(nix: Nix, function: str, arguments: str, says: str) -> None:
    assert f"nixdock: {function}: {says}" in nix.fails(f"dockerTools.{function} {{ {arguments} }}")
