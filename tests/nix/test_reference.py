"""The reference in nix/README.md is true: functions have the arguments that it names, and its examples evaluate."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support import reference
from tests.support.lock_file import LOCK, MANIFEST
from tests.support.nix import Nix
from tests.support.nixos import NIXOS
from tests.support.tools import ROOT

EXPORTS = reference.exports(ROOT / "nix")
FUNCTIONS = [export for export in EXPORTS if export.arguments or export.shared or export.name in reference.SAME]


def test_it_names_the_arguments_that_functions_have(nix: Nix) -> None:
    listed = " ".join(export.name for export in FUNCTIONS if export.name != "fakeNss")
    had = json.loads(
        nix.evaluate(f"builtins.mapAttrs (_: pkgs.lib.functionArgs) {{ inherit (dockerTools) {listed}; }}")
    )
    assert {name: sorted(had[name]) for name in had} == {
        export.name: sorted(reference.argument_names(ROOT / "nix", export))
        for export in FUNCTIONS
        if export.name in had
    }
    assert len(had) == 14


# What examples take for granted: files beside them, and below what the embedded package set has not.
FILES = {"base.lock.json": LOCK, "manifest.json": MANIFEST, "another-image.tar.gz": "", "configuration.nix": "{ }"}
CALLED = f"""
file: (file {{
  nixdock = {{ lib.mkLib = import {ROOT}/nix; }};
  pkgs = pkgs // {{
    mkShell = {{ packages }}: builtins.head packages;
    pkgsCross.aarch64-multiplatform = pkgs;
    nix-prefetch-docker = dockerTools.nixPrefetchDocker;
    nixdock = dockerTools;
    nixos = _: {NIXOS} {{ services.nginx.ExecStart = "/bin/nginx"; }};
  }};
}}).drvPath
"""


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_its_example_evaluates(nix: Nix, export: reference.Export, tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    [example] = re.findall(r"# Example\n\n```nix\n(.*?)```", export.text, re.DOTALL)
    (tmp_path / "example.nix").write_text(f"{{ pkgs, nixdock }}: with pkgs.dockerTools;\n{example}")
    assert json.loads(nix.evaluate(f"({CALLED}) (import {tmp_path}/example.nix)"))
