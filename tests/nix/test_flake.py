"""The flake, with the embedded package set in place of nixpkgs (no network)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.lock_file import LOCK
from tests.support.nix import Nix
from tests.support.nixos import NIXOS
from tests.support.tools import ROOT, need

# The embedded set reads the packages of this machine, hence --impure.
OFFLINE = ("--impure", "--no-write-lock-file", "--override-input", "nixpkgs", f"path:{ROOT}/nix/embedded")


def test_nix_build_gives_the_image_of_nix_build_a(nix: Nix) -> None:
    built = nix("nix", "build", *OFFLINE, "--no-link", "--json", f"{ROOT}#image")
    assert Path(json.loads(built)[0]["outputs"]["out"]) == nix.build("image")


def test_nix_flake_check(nix: Nix) -> None:
    nix("nix", "flake", "check", *OFFLINE, str(ROOT))


@pytest.mark.parametrize("attribute", ["", "#nixdock"])
def test_nix_run_is_the_command(nix: Nix, attribute: str) -> None:
    usage = nix("nix", "run", *OFFLINE, f"{ROOT}{attribute}", "--", "--help")
    assert usage.startswith("usage: nixdock ")


@pytest.mark.parametrize("attribute", ["image.stream", "layered.copyToRegistry", "examples.layered.copyToRegistry"])
def test_nix_run_starts_what_moves_an_image(nix: Nix, attribute: str) -> None:
    usage = nix("nix", "run", *OFFLINE, f"{ROOT}#{attribute}", "--", "--help")
    assert usage.startswith("usage: nixdock ")


def test_the_overlay_replaces_docker_tools(nix: Nix) -> None:
    overlaid = f"(import {ROOT}/nix/embedded {{ overlays = [ (import {ROOT}/nix/overlay.nix) ]; }})"
    image = f'{overlaid}.dockerTools.buildImage {{ name = "a"; tag = "1"; }}'
    assert nix.path(image) == nix.path('dockerTools.buildImage { name = "a"; tag = "1"; }')


# The outputs on a package set that has more than the embedded one, as nixpkgs does.
OUTPUTS = f"""
let
  all = (import {ROOT}/flake.nix).outputs {{
    self = all;
    nixpkgs = {{
      inherit (pkgs) lib;
      legacyPackages.x86_64-linux = pkgs // {{
        mkShellNoCC = {{ packages }}: pkgs.buildEnv {{ name = "shell"; paths = packages; }};
        python3 = pkgs.python3 // {{ withPackages = select: select {{ mypy = pkgs.hello; pytest = pkgs.hello; }}; }};
        ruff = pkgs.hello;
        umoci = pkgs.hello;
        nixfmt-rfc-style = pkgs.hello;
      }};
    }};
  }};
in
"""


def test_what_the_flake_has(nix: Nix) -> None:
    body = f"""{OUTPUTS} {{
      packages = builtins.attrNames all.packages.x86_64-linux;
      apps = builtins.attrNames all.apps.x86_64-linux;
      examples = builtins.attrNames all.legacyPackages.x86_64-linux.examples
        == builtins.attrNames all.checks.x86_64-linux;
      lib = all.lib pkgs ? buildImage && all.lib.mkLib pkgs ? buildImage;
      modules = builtins.attrNames all.nixosModules;
      shell = all.devShells.x86_64-linux.default.name;
      formatter = all.formatter.x86_64-linux.pname;
      templates = builtins.mapAttrs (_: template: builtins.pathExists (template.path + "/flake.nix")) all.templates;
      there = builtins.mapAttrs (_: builtins.attrNames) {{ inherit (all) devShells formatter; }};
    }}"""
    assert json.loads(nix.evaluate(body)) == {
        "packages": ["default", "image", "nixdock"],
        "apps": ["default", "nixdock"],
        "examples": True,
        "lib": True,
        "modules": ["default"],
        "shell": "shell",
        "formatter": "hello",
        "templates": dict.fromkeys(("default", "layered", "locked-base", "one-image"), True),
        "there": {"devShells": ["x86_64-linux"], "formatter": ["x86_64-linux"]},
    }


def test_an_image_of_a_configuration_has_the_packages_of_that(nix: Nix) -> None:
    body = f"""{OUTPUTS} let
      changed = pkgs // {{ tini = pkgs.hello; }};
      arguments = {{ nixos = {NIXOS} {{ }} // {{ pkgs = changed; }}; init = true; }};
      path = functions: (functions.imageFromNixos arguments).drvPath;
    in [ (path all.lib == path (all.lib.mkLib changed)) (path all.lib == path dockerTools) ]"""
    assert json.loads(nix.evaluate(body)) == [True, False]
    wrong = nix.fails(f"{OUTPUTS} all.lib.imageFromNixos {{ nixos.config = {{ }}; }}")
    assert "nixdock: imageFromNixos: nixos has no pkgs: give what nixosSystem" in wrong


def test_a_package_set_without_a_formatter_has_a_flake_too(nix: Nix) -> None:
    body = OUTPUTS.replace("nixfmt-rfc-style = pkgs.hello;", "").replace("mkShellNoCC", "another")
    assert json.loads(nix.evaluate(f"{body} [ all.formatter all.devShells ]")) == [{}, {}]


INPUTS = ("--impure", "--no-write-lock-file", "--override-input", "nixdock", ROOT)
EMBEDDED = ("--override-input", "nixpkgs", ROOT / "nix/embedded")
TEMPLATES = {
    "one-image": "docker-image-hello.tar.gz",
    "layered": "hello.tar.gz",
    "locked-base": "docker-image-hello.tar.gz",
}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_evaluates(nix: Nix, template: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "nix/templates" / template, tmp_path / "project")
    if template == "locked-base":
        (tmp_path / "project/base.lock.json").write_text(LOCK)
    place = f"path:{tmp_path}/project#default"
    assert nix("nix", "eval", *INPUTS, *EMBEDDED, "--raw", f"{place}.name") == TEMPLATES[template]
    assert nix("nix", "eval", *INPUTS, *EMBEDDED, "--raw", f"{place}.drvPath").startswith("/nix/store/")
    assert nix("nix", "eval", *INPUTS, *EMBEDDED, "--raw", f"{place}.copyToRegistry.drvPath")


def test_the_template_with_a_base_says_how_to_lock_it(nix: Nix) -> None:
    place = f"path:{ROOT}/nix/templates/locked-base#default.drvPath"
    command = [need("nix"), "eval", *map(str, (*INPUTS, *EMBEDDED)), place]
    done = subprocess.run(command, env=nix.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "nix run .#nixdock -- lock REFERENCE > base.lock.json" in done.stderr


# What flake-parts gives a module: options are declared with its lib, perSystem's in a function of its own.
PARTS = f"""
  import {ROOT}/nix/flake/module.nix (import {ROOT}/nix) {{
    flake-parts-lib.mkPerSystemOption = module: module;
    lib = pkgs.lib // {{
      mkOption = option: option;
      literalExpression = text: text;
      types = {{ lazyAttrsOf = type: "set of ${{type}}"; package = "package"; }};
    }};
  }}
"""


def test_the_module_for_flake_parts(nix: Nix) -> None:
    body = f"""
      let
        module = ({PARTS}).options.perSystem {{ inherit pkgs; config.images = images; }};
        images.hello = module.config._module.args.nixdock.buildImage {{ name = "hello"; }};
      in [ module.options.images.type module.options.images.default module.config.packages.hello.imageName ]
    """
    assert json.loads(nix.evaluate(body)) == ["set of package", {}, "hello"]
