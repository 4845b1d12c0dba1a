"""The real Nix, with its sandbox on, on this repository and the embedded package set."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
  pkgs = import {ROOT}/nix/embedded {{ overlays = [ (import {ROOT}/nix/overlay.nix) ]; }};
  nixdock = import {ROOT} {{ inherit pkgs; }};
  inherit (pkgs) dockerTools;
in
"""
"""In scope in every expression of a test: the embedded `pkgs` with our overlay, its `dockerTools`, our default.nix."""


def error_lines(messages: str) -> list[str]:
    """nixdock's own error lines; a builder's are there once as they came, and once more, indented, in Nix's summary."""
    return [line for line in messages.splitlines() if line.startswith("nixdock: error: ")]


def nix_environment() -> dict[str, str]:
    """What tests/run exports, or the same where pytest is run by hand; no <nixpkgs>, so that results do not vary."""
    settings = _SANDBOXED + (_ROOT_WITHOUT_BUILD_USERS if os.geteuid() == 0 else "")
    environment = {"NIX_CONFIG": settings, "USER": "root", **os.environ}
    return environment | {"NIX_PATH": ""}


@dataclass(frozen=True)
class Image:
    """A built image: its docker-archive, and its recipe as Python values."""

    archive: Path
    recipe: Mapping[str, Any]

    @property
    def diff_ids(self) -> list[str]:
        return [layer["diff_id"] for layer in self.recipe["layers"]]

    @property
    def store_paths(self) -> list[str]:
        """What its own layers hold of the store; a base's layers from elsewhere are not looked into."""
        return [path for layer in self.recipe["layers"] for path in layer["source"].get("paths", [])]


@dataclass(frozen=True)
class Nix:
    """Builds and evaluates. What fails raises AssertionError with Nix's messages; `fails` wants it to fail."""

    environment: Mapping[str, str]

    def configured(self, settings: str = "", **environment: str) -> Nix:
        """The same with one more line in its nix.conf, and more in its environment."""
        config = self.environment["NIX_CONFIG"].rstrip("\n") + f"\n{settings}\n"
        return Nix({**self.environment, **environment, "NIX_CONFIG": config})

    def build(self, attribute: str, *options: str, file: Path = ROOT) -> Path:
        """`nix-build FILE -A ATTRIBUTE`; returns the store path of its first output."""
        return self._build(str(file), "-A", attribute, *options)

    def build_expression(self, body: str, *options: str) -> Path:
        """Build what an expression stands for; PRELUDE's names are in scope."""
        return self._build("--expr", PRELUDE + body, *options)

    def image(self, body: str) -> Image:
        """Build the image that an expression stands for."""
        command = ("--no-out-link", "--expr", f"{PRELUDE}let image = {body}; in [ image image.recipe ]")
        archive, recipe = self("nix-build", *command).splitlines()
        return Image(Path(archive), json.loads((Path(recipe) / "image.json").read_text()))

    def evaluate(self, body: str) -> str:
        """The value of an expression, as JSON text; PRELUDE's names are in scope."""
        # Nix 2.8 writes no newline behind it, later ones do.
        return self("nix-instantiate", "--eval", "--strict", "--json", "--expr", PRELUDE + body).rstrip("\n")

    def path(self, body: str) -> str:
        """The store path of a derivation, without building it."""
        return str(json.loads(self.evaluate(f"({body}).outPath")))

    def derivations(self, body: str) -> list[str]:
        """The .drv files of a derivation, or of a list of them."""
        made = self("nix-instantiate", "--expr", PRELUDE + body).split()
        return [path.partition("!")[0] for path in made]

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
