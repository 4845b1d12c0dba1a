"""The real Nix, with its sandbox on, on this repository and the embedded package set."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .tools import ROOT, need, output

_SANDBOXED = """\
substituters =
experimental-features = nix-command flakes
sandbox = true
sandbox-fallback = false
"""
_ROOT_WITHOUT_BUILD_USERS = "build-users-group =\n"

PRELUDE = f"""\
let
  pkgs = import {ROOT}/nix/embedded {{ }};
  nixdock = import {ROOT} {{ inherit pkgs; }};
  inherit (nixdock) dockerTools;
in
"""
"""In scope in every expression of a test: the embedded `pkgs`, `nixdock` (default.nix) and `dockerTools`."""


def nix_environment() -> dict[str, str]:
    """What tests/run exports, or the same where pytest is run by hand; no <nixpkgs>, so that results do not vary."""
    settings = _SANDBOXED + (_ROOT_WITHOUT_BUILD_USERS if os.geteuid() == 0 else "")
    environment = {"NIX_CONFIG": settings, "USER": "root", **os.environ}
    return environment | {"NIX_PATH": ""}


@dataclass(frozen=True)
class Nix:
    """Builds and evaluates. What fails raises AssertionError with Nix's messages; `fails` wants it to fail."""

    environment: Mapping[str, str]

    def build(self, attribute: str, *options: str, file: Path = ROOT) -> Path:
        """`nix-build FILE -A ATTRIBUTE`; returns the store path of its first output."""
        return self._build(str(file), "-A", attribute, *options)

    def build_expression(self, body: str, *options: str) -> Path:
        """Build what an expression stands for; PRELUDE's names are in scope."""
        return self._build("--expr", PRELUDE + body, *options)

    def evaluate(self, body: str) -> str:
        """The value of an expression, as JSON text; PRELUDE's names are in scope."""
        return self("nix-instantiate", "--eval", "--strict", "--json", "--expr", PRELUDE + body)

    def check(self, attribute: str, file: Path = ROOT) -> None:
        """Build it once more and compare: AssertionError where a second build gives other bytes."""
        self.build(attribute, file=file)
        self.build(attribute, "--check", file=file)

    def fails(self, body: str) -> str:
        """The messages of the build of an expression that must fail, at evaluation or while it builds."""
        command = [need("nix-build"), "--no-out-link", "--expr", PRELUDE + body]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode != 0, f"this was to fail, and gave {done.stdout}"
        return done.stderr

    def __call__(self, program: str, *arguments: str | Path) -> str:
        """Any program of Nix in the same environment; returns its stdout."""
        return output(need(program), *arguments, env=self.environment).decode()

    def _build(self, *arguments: str) -> Path:
        return Path(self("nix-build", "--no-out-link", *arguments).splitlines()[0])
