"""The set of functions is a scope as nixpkgs' lib.makeScope makes it."""

from __future__ import annotations

import json

import pytest

from tests.support.nix import Nix

IMAGE = '(set: (set.buildImage { name = "a"; }).drvPath)'


@pytest.mark.parametrize("tools", ["dockerTools", "pkgs.nixdock", "nixdock"])
def test_a_function_can_be_exchanged_for_all_that_use_it(nix: Nix, tools: str) -> None:
    body = f"""
      let changed = {tools}.overrideScope (final: prev: {{ binSh = prev.usrBinEnv; }});
      in [
        (changed.binSh == {tools}.usrBinEnv)
        ((changed.streamNixShellImage {{ drv = pkgs.hello; }}).drvPath
          != ({tools}.streamNixShellImage {{ drv = pkgs.hello; }}).drvPath)
        ({IMAGE} changed == {IMAGE} {tools})
      ]
    """
    assert json.loads(nix.evaluate(body)) == [True, True, True]


def test_what_functions_share_can_be_exchanged(nix: Nix) -> None:
    body = f"""
      let changed = dockerTools.overrideScope (final: prev: {{
        internal = prev.internal.overrideScope (_: old: {{ readingTools = old.readingTools ++ [ pkgs.hello ]; }});
      }});
      in [ ({IMAGE} changed != {IMAGE} dockerTools) (changed.examples.hello != dockerTools.examples.hello) ]
    """
    assert json.loads(nix.evaluate(body)) == [True, True]


def test_overrides_of_packages_and_of_functions_follow_one_another(nix: Nix) -> None:
    body = """
      let
        packages = tools: tools.override { skopeo = pkgs.hello; };
        functions = tools: tools.overrideScope (_: _: { added = "here"; });
        one = functions (packages dockerTools);
        other = packages (functions dockerTools);
      in [
        one.added other.added (one.cli.drvPath == other.cli.drvPath) (one.cli.drvPath != dockerTools.cli.drvPath)
        (one ? tests.demo) (other.override { }).added
      ]
    """
    assert json.loads(nix.evaluate(body)) == ["here", "here", True, True, True, "here"]


def test_what_a_function_is_called_with_can_be_exchanged(nix: Nix) -> None:
    body = """
      let link = dockerTools.binSh.override { bashInteractive = pkgs.hello; };
      in [ (link.drvPath != dockerTools.binSh.drvPath) (dockerTools.buildImage ? override) ]
    """
    assert json.loads(nix.evaluate(body)) == [True, True]


def test_a_users_own_file_is_called_with_the_functions(nix: Nix) -> None:
    body = "dockerTools.callPackage ({ buildImage, hello }: [ (buildImage ? override) hello.pname ]) { }"
    assert json.loads(nix.evaluate(body)) == [True, "hello"]


def test_override_says_which_packages_it_takes(nix: Nix) -> None:
    taken = json.loads(nix.evaluate("pkgs.lib.functionArgs dockerTools.override"))
    assert {"skopeo", "zstd", "util-linux", "cacert"} <= taken.keys()


def test_the_command_has_its_older_name_too(nix: Nix) -> None:
    assert json.loads(nix.evaluate("dockerTools.cli.drvPath == dockerTools.nixdock.drvPath")) is True
