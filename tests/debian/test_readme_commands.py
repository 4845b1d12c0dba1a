"""The README's shell blocks, in their order, in one shell, as somebody types them on the machine that quickstart made.

Run by `tests/debian/run` in a fresh Debian, with a network that is nothing but the loopback. What stands for the world:
docker's daemon where it is by default; a registry with TLS that is called registry.example; and a `nix` that takes the
embedded set for the nixpkgs that the flake's input names. Nix is told that there is no cache to be asked.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.registry import Registry
from tests.support.tools import ROOT, need, output

USED = (ROOT / "README.md").read_text().partition("\n## Contributing\n")[0]
BESIDE = ROOT.parent
"""Where a user's own files are, next to the clone."""

BEGINNING = ("nix/quickstart", "tests/run")
"""What `inside` began with."""

LISTENS = "for _ in $(seq 100); do (: </dev/tcp/127.0.0.1/5000) 2>/dev/null && break; sleep 0.1; done"
NIX = """#!/bin/sh
case $1 in
    run | build) command=$1; shift; exec {nix} "$command" --impure --override-input nixpkgs {root}/nix/embedded "$@" ;;
    *) exec {nix} "$@" ;;
esac
"""


def shell_lines() -> Iterator[tuple[Path, str]]:
    """The lines of the shell blocks with the directory that they are typed in; `default.nix` blocks become files."""
    directory = ROOT
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```", USED, re.DOTALL | re.MULTILINE):
        if language == "nix" and text.startswith("# default.nix\n"):
            (BESIDE / "default.nix").write_text(text)
            directory = BESIDE
        elif language == "sh":
            yield from ((directory, line) for line in text.splitlines())
            directory = ROOT
    for command in re.findall(r"`(\$\(nix-build [^`]*)`", USED):
        yield ROOT, command.replace("\\|", "|")


def told_by_quickstart() -> list[str]:
    """What is to be typed next."""
    said = output(ROOT / "nix/quickstart").decode()
    return [line.strip() for line in said.splitlines() if line.startswith("    ")]


def script() -> str:
    """One shell's input. What has a terminal of its own goes on in the background until the shell ends."""
    lines = ["set -euo pipefail", "trap 'kill $(jobs -p) || true' EXIT", f"export NIX_PATH=nixpkgs={ROOT}/nix/embedded"]
    lines += [line for line in told_by_quickstart() if line.startswith("export ")]
    for directory, line in shell_lines():
        if line.split()[0] in BEGINNING:
            continue
        command, _, comment = line.partition("  #")
        lines += [f"cd {directory}", f"cat >&2 <<'END'\n+ {line}\nEND"]
        lines += [f"{command} & {LISTENS}"] if "in a terminal of its own" in comment else [command]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def typed(dockerd: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Every command was typed, and none failed; what they said."""
    wrapper = tmp_path_factory.mktemp("bin") / "nix"
    wrapper.write_text(NIX.format(nix=need("nix"), root=ROOT))
    wrapper.chmod(0o755)
    # What nixdock lock is to find there: the image that quickstart built.
    output("docker", "load", "--input", ROOT / "result")
    output("docker", "tag", "nixdock-demo:latest", "registry.example/library/base:12")
    output("docker", "push", "--quiet", "registry.example/library/base:12")
    return in_a_shell(script(), PATH=f"{wrapper.parent}:{os.environ['PATH']}")


def in_a_shell(commands: str, **changes: str) -> str:
    """What bash and its commands say, stderr in between; AssertionError unless it exits 0."""
    done = subprocess.run(
        ["bash", "-c", commands],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **changes},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_every_block_has_been_typed(typed: str) -> None:
    assert len(re.findall(r"^\+ ", typed, re.MULTILINE)) >= 8
    for part in ("docker load < ", "export NIX_CONFIG", "nix run .#", "nixdock serve --file", "nixdock lock "):
        assert f"\n+ {part}" in f"\n{typed}"


def test_what_docker_has_then(typed: str) -> None:
    names = output("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}").decode().split()
    assert {"layered:latest", "nixdock-demo:latest", "127.0.0.1:5000/examples/layered:latest"} <= set(names)
    assert output("docker", "run", "--rm", "layered:latest") == b"Hello, world!\n"


def test_what_the_registry_has_then(typed: str, registry: Registry) -> None:
    assert len(json.loads(output("skopeo", "inspect", "docker://registry.example/team/layered:1"))["Layers"]) > 1
    assert json.loads((ROOT / "base.lock.json").read_text())


def test_quickstart_says_what_runs_the_demo_and_ends_it(typed: str) -> None:
    """The lines that it ends with, in a new shell; the demo answers, and Ctrl-C ends it."""
    lines = told_by_quickstart()
    [start] = [number for number, line in enumerate(lines) if line.startswith("docker run ")]
    lines[start] += " & demo=$!"
    page = "for _ in $(seq 100); do curl --silent --fail http://127.0.0.1:8080 && break; sleep 0.1; done"
    # set -m: a shell with a terminal lets its background jobs have SIGINT, too.
    answers = in_a_shell(
        "\n".join(["set -em", *lines, page, "nixdock --help", "kill -INT $demo", "wait $demo || true"])
    )
    assert "Hello from nixdock" in answers and "usage: nixdock " in answers
