"""Package sets as they come: older ones, with nixpkgs' own dockerTools in them, with other packages put in."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.nix import Nix
from tests.support.tools import ROOT

# Before 2025-05 nixpkgs' platforms had no word of Go's.
OLD = f"""
let
  old = cpu: more: import {ROOT}/nix (pkgs // {{
    stdenv = pkgs.stdenv // {{
      hostPlatform = removeAttrs pkgs.stdenv.hostPlatform [ "go" ] // {{ parsed.cpu.name = cpu; }};
    }};
  }} // more);
  made = set: (set.buildLayeredImage {{ name = "old"; }}).recipe.spec.architecture;
in
"""


@pytest.mark.parametrize(
    ("cpu", "more", "architecture"),
    [
        *(("x86_64", "{ }", "amd64"), ("aarch64", "{ }", "arm64"), ("armv7l", "{ }", "arm"), ("i686", "{ }", "386")),
        *(("powerpc64le", "{ }", "ppc64le"), ("riscv64", "{ }", "riscv64"), ("s390x", "{ }", "s390x")),
        ("newcpu", '{ go.GOARCH = "mips64le"; }', "mips64le"),
    ],
)
def test_an_older_nixpkgs_has_the_architecture_of_its_processor(
    nix: Nix, cpu: str, more: str, architecture: str
) -> None:
    assert json.loads(nix.evaluate(f'{OLD} made (old "{cpu}" {more})')) == architecture


def test_a_processor_that_go_does_not_know(nix: Nix) -> None:
    assert "no Go architecture is known for the processor newcpu: give `architecture`" in nix.fails(
        f'{OLD} (old "newcpu" {{ }}).buildImage {{ name = "old"; }}'
    )


def test_every_function_works_on_an_older_nixpkgs(nix: Nix) -> None:
    body = f"""{OLD}
      let set = old "x86_64" {{ }}; in map (image: image.drvPath) [
        (set.buildImage {{ name = "a"; fromImage = {ROOT}/README.md; }})
        (set.pullImage {{ imageName = "a"; imageDigest = "sha256:{"0" * 64}"; hash = ""; }})
        (set.streamNixShellImage {{ drv = pkgs.hello; }})
      ]
    """
    assert len(json.loads(nix.evaluate(body))) == 3


# As nixpkgs with config.structuredAttrsByDefault = true.
STRUCTURED = f"""
let
  structured = attributes: final:
    {{ __structuredAttrs = true; }} // (if pkgs.lib.isFunction attributes then attributes final else attributes);
  set = pkgs // {{
    stdenvNoCC = pkgs.stdenvNoCC // {{ mkDerivation = given: pkgs.stdenvNoCC.mkDerivation (structured given); }};
    runCommandLocal = name: attributes: pkgs.runCommandLocal name ({{ __structuredAttrs = true; }} // attributes);
  }};
  tools = import {ROOT}/nix set;
in
"""


@pytest.mark.parametrize("helper", ["fakeNss", "caCertificates", "usrBinEnv", "binSh"])
def test_a_helper_is_the_same_where_structured_attributes_are_the_default(nix: Nix, helper: str) -> None:
    plain, structured = nix.build(helper), nix.build_expression(f"{STRUCTURED} tools.{helper}")
    assert plain != structured
    assert nix("nix-hash", "--type", "sha256", plain) == nix("nix-hash", "--type", "sha256", structured)


def test_images_where_structured_attributes_are_the_default(nix: Nix) -> None:
    image = 'buildLayeredImage { name = "a"; tag = "1"; contents = pkgs.hello; fakeRootCommands = "mkdir new"; }'
    # It is not even another derivation: steps say which attributes they have.
    assert nix.build_expression(f"{STRUCTURED} tools.{image}") == nix.build_expression(f"dockerTools.{image}")


# A package set that has dockerTools as nixpkgs makes them: overridable, with examples that are so, too.
THEIRS = f"""
let
  theirs = final: prev: {{
    dockerTools = final.lib.makeOverridable ({{ skopeo, zstd }}: {{
      buildImage = throw "ours is to be called";
      tarsum = "tarsum with ${{skopeo}}";
      olderFunction = "older";
      tests.theirs = "theirs";
      examples = final.lib.makeOverridable ({{ buildImage }}: {{
        nginx = buildImage {{ name = "nginx"; }};
        hello = "theirs";
      }}) {{ buildImage = _: throw "ours is to be called"; }};
    }}) {{ inherit (final) skopeo zstd; }};
  }};
  ours = import {ROOT}/nix/overlay.nix;
  set = overlays: import {ROOT}/nix/embedded {{ inherit overlays; }};
  once = (set [ theirs ours ]).dockerTools;
  twice = (set [ theirs ours ours ]).dockerTools;
  wrapped = pkgs.writeShellScriptBin "skopeo" "exit 1";
in
"""


@pytest.mark.parametrize("tools", ["once", "twice", "(once.override { })", "(twice.override { zstd = pkgs.hello; })"])
def test_nixpkgs_own_stays_beside_ours(nix: Nix, tools: str) -> None:
    body = f"""{THEIRS} with {tools}; [
      examples.nginx.recipe.type examples.hello examples.layered.type nixpkgs.olderFunction olderFunction
      (nixpkgs ? nixdock) tests.theirs tests.layered.type (buildImage {{ name = "x"; }}).type nixPrefetchDocker.type
    ]"""
    assert json.loads(nix.evaluate(body)) == [
        *("derivation", "theirs", "derivation", "older", "older"),
        *(False, "theirs", "derivation", "derivation", "derivation"),
    ]


def test_nixpkgs_functions_get_of_an_override_what_they_take(nix: Nix) -> None:
    body = f"{THEIRS} let o = once.override {{ skopeo = wrapped; cacert = pkgs.hello; }}; in"
    wrapped = nix.path(f"{THEIRS} wrapped")
    assert json.loads(nix.evaluate(f"{body} [ o.tarsum o.nixpkgs.tarsum ]")) == [f"tarsum with {wrapped}"] * 2


def test_parts_of_nixpkgs_images_need_nixpkgs(nix: Nix) -> None:
    assert json.loads(nix.evaluate("dockerTools ? mkPureLayer && dockerTools ? shellScript")) is True
    assert "nixdock: runWithOverlay is a part of nixpkgs' dockerTools, which this package set lacks: use" in nix.fails(
        "dockerTools.runWithOverlay { }"
    )


PULL = f'pullImage {{ imageName = "a"; imageDigest = "sha256:{"0" * 64}"; hash = ""; }}'
SCRIPTED = 'buildLayeredImage { name = "a"; fakeRootCommands = "true"; }'
RUN_AS_ROOT = 'buildImage { name = "a"; runAsRoot = "true"; }'


@pytest.mark.parametrize(
    ("package", "results"),
    [
        ("skopeo", [PULL, f"({PULL}).copyToRegistry", "nixPrefetchDocker"]),
        ("zstd", ['buildImage { name = "a"; compressor = "zstd"; }', 'mergeImages [ (buildImage { name = "a"; }) ]']),
        ("nix", ['buildImage { name = "a"; includeNixDB = true; }']),
        ("fakeroot", [SCRIPTED, RUN_AS_ROOT]),
        ("util-linux", [RUN_AS_ROOT]),
        ("bash", [SCRIPTED, RUN_AS_ROOT, 'streamLayeredImage { name = "a"; }']),
        ("bashInteractive", ["binSh", "streamNixShellImage { drv = pkgs.hello; }"]),
        ("coreutils", ["usrBinEnv", 'buildImage { name = "a"; }']),
        ("python3", ['buildImage { name = "a"; }', 'streamLayeredImage { name = "a"; }']),
        ("cacert", ["caCertificates", PULL, "streamNixShellImage { drv = pkgs.hello; }"]),
        ("fakeNss", ["fakeNss", "streamNixShellImage { drv = pkgs.hello; }"]),
    ],
)
def test_an_override_reaches_all_that_uses_the_package(nix: Nix, package: str, results: list[str]) -> None:
    other = f'(pkgs.writeTextDir "bin/{package}" "another" // {{ override = _: pkgs.hello; }})'
    both = [f"(with {tools}; {result}).drvPath" for result in results for tools in ("dockerTools", "changed")]
    listed = " ".join(f"({path})" for path in both)
    body = f"let changed = dockerTools.override {{ {package} = {other}; }}; in [ {listed} ]"
    paths = json.loads(nix.evaluate(body))
    assert [before != after for before, after in zip(paths[::2], paths[1::2], strict=True)] == [True] * len(results)


def test_an_override_may_be_a_function_and_stays_with_the_next_one(nix: Nix) -> None:
    body = f"""
      let
        wrapped = skopeo: pkgs.writeShellScriptBin "skopeo" "exec ${{skopeo}}/bin/skopeo";
        first = dockerTools.override (old: {{ skopeo = wrapped old.skopeo; }});
        second = first.override {{ fakeroot = pkgs.hello; }};
        pull = tools: (tools.{PULL}).drvPath;
      in [ (pull first != pull dockerTools) (pull second == pull first) ]
    """
    assert json.loads(nix.evaluate(body)) == [True, True]


def test_an_override_without_effect_is_said(nix: Nix) -> None:
    body = 'builtins.seq (dockerTools.override { pigz = pkgs.hello; zstd = pkgs.hello; }) (throw "end")'
    assert "nixdock: dockerTools.override: nothing here uses pigz\n" in nix.fails(body)
    assert "nothing here uses" not in nix.fails(body.replace("pigz = pkgs.hello;", ""))


def test_all_packages_that_are_used_can_be_exchanged(nix: Nix) -> None:
    said = set(json.loads(nix.evaluate(f"import {ROOT}/nix/internal/used-packages.nix")))
    files = [*(ROOT / "nix").glob("*.nix"), *(ROOT / "nix/internal").glob("*.nix")]
    text = re.sub(r"/\*\*.*?\*/", "", "\n".join(file.read_text() for file in files), flags=re.DOTALL)
    used = set(re.findall(r"\b(?:pkgs|buildPkgs|packageOverrides)\.([A-Za-z][\w'-]*)", text))
    for names in re.findall(r"inherit \((?:pkgs|buildPkgs)\)([^;]*);", text):
        used |= set(names.split())
    # What callPackage gives a file, and is not ours.
    asked = f"""
      let called = file: let f = import file; in if builtins.isFunction f then builtins.functionArgs f else {{ }};
      in removeAttrs (pkgs.lib.mergeAttrsList (map called [ {" ".join(map(str, files))} ])) (
        builtins.attrNames (dockerTools // dockerTools.internal))
    """
    used |= json.loads(nix.evaluate(asked)).keys()
    of_the_set = {"buildPackages", "dockerTools", "path"}
    arguments = {"extraPasswdLines", "extraGroupLines"}
    assert {"skopeo", "bashInteractive"} <= used
    assert used - of_the_set - arguments == said


def test_the_set_that_default_nix_gives_stays_whole(nix: Nix) -> None:
    body = "let o = nixdock.override { }; in [ (builtins.attrNames o == builtins.attrNames nixdock) (o.pkgs ? hello) ]"
    assert json.loads(nix.evaluate(body)) == [True, True]
