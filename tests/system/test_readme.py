"""What the README says, done as it says: its Nix code, its commands, and its table of functions."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.docker import Docker
from tests.support.nix import Nix
from tests.support.tools import ROOT, need

README = (ROOT / "README.md").read_text()


def code_block(language: str, holding: str) -> str:
    """The one block of the README, in this language, that holds these words."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    [block] = [block for block in blocks if holding in block]
    return str(block)


def run(command: list[str | Path], nix: Nix, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env={**nix.environment, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def next_to_nixdock(tmp_path: Path) -> Path:
    """A user's directory, with a checkout of nixdock in it."""
    (tmp_path / "nixdock").symlink_to(ROOT)
    return tmp_path


def test_the_first_image_of_somebody_who_has_nixpkgs(nix: Nix, docker: Docker, next_to_nixdock: Path) -> None:
    (next_to_nixdock / "default.nix").write_text(code_block("nix", "# default.nix"))
    path = f"nixpkgs={ROOT}/nix/embedded"  # it stands for nixpkgs: the code finds it in the same way
    archive = run([need("nix-build"), "--no-out-link"], nix, next_to_nixdock, NIX_PATH=path).strip()
    assert docker.run(docker.load(Path(archive))) == "Hello, world!\n"


def test_the_flake_of_somebody_who_has_nixpkgs(nix: Nix, next_to_nixdock: Path) -> None:
    (next_to_nixdock / "flake.nix").write_text(code_block("nix", "inputs.nixdock.url"))
    inputs = ("--override-input", "nixdock", ROOT, "--override-input", "nixdock/nixpkgs", ROOT / "nix/embedded")
    nixpkgs = ("--override-input", "nixpkgs", ROOT / "nix/embedded")
    run([need("nix"), "build", "--impure", *inputs, *nixpkgs, "path:."], nix, next_to_nixdock)
    assert (next_to_nixdock / "result").resolve().name.endswith("docker-image-empty.tar.gz")


def test_the_embedded_set_in_a_flake(nix: Nix, tmp_path: Path) -> None:
    [command] = [line for line in README.splitlines() if line.startswith("nix build --impure")]
    run([*command.split(), "--out-link", tmp_path / "result"], nix, ROOT)
    assert (tmp_path / "result").resolve().name.endswith("docker-image-nixdock-demo.tar.gz")


def test_the_settings_for_root_without_build_users(nix: Nix) -> None:
    [setting] = re.findall(r"export NIX_CONFIG=\$'(.*)'", README)
    config = setting.replace("\\n", "\n") + "\nsandbox-fallback = false"
    if os.geteuid() == 0:
        run([need("nix-build"), "--no-out-link", "-A", "image.recipe"], nix, ROOT, NIX_CONFIG=config)


def test_every_function_has_a_line_and_every_example_named_is_there(nix: Nix) -> None:
    table = "".join(line for line in README.splitlines() if line.startswith("| `"))
    named = set(re.findall(r"`(\w+)`", table))
    parts = f"builtins.attrNames (import {ROOT}/nix/internal/parts-of-nixpkgs.nix {{ }})"
    names = json.loads(nix.evaluate(f"builtins.attrNames (removeAttrs (import {ROOT}/nix pkgs) ({parts}))"))
    assert set(names) - {"examples", "nixpkgs", "override", "tests"} <= named
    examples = set(json.loads(nix.evaluate("builtins.attrNames nixdock.examples")))
    assert examples - {"demo"} <= named


def test_what_an_image_gives_besides_its_file(nix: Nix) -> None:
    [rows] = re.findall(r"\| attribute \| what it is \|\n\|---\|---\|\n((?:\|.*\n)+)", README)
    attributes = re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in rows.splitlines()))
    assert len(attributes) > 5
    missing = nix.evaluate(f"builtins.filter (name: !(nixdock.image ? ${{name}})) {nix_list(attributes)}")
    assert json.loads(missing) == []


def nix_list(words: list[str]) -> str:
    return "[ " + " ".join(f'"{word}"' for word in words) + " ]"


def test_quickstart_builds_loads_and_says_how_to_go_on(docker: Docker, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("it installs packages: only root can")
    environment = {**os.environ, "DOCKER_HOST": docker.host}
    command = [ROOT / "nix/quickstart"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "nixdock-demo:latest" in done.stdout
    assert docker.inspect("nixdock-demo:latest")
