"""What shells complete, asked of the shells themselves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from nixdock_hook.cli import described_commands
from nixdock_hook.cli.completions import SHELLS
from nixdock_hook.cli.terminal.words import Command, Option, Word
from tests.support.tools import need

HOSTILE = 'it\'s [a] "b": $(touch x) \\ `y`'


def script(shell: str, tmp_path: Path, commands: list[Command] | None = None) -> Path:
    path = tmp_path / f"completions.{shell}"
    path.write_text(SHELLS[shell](described_commands() if commands is None else commands))
    return path


def output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def in_bash(path: Path, *words: str) -> list[str]:
    """What bash would offer for the last of these words."""
    code = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nixdock; printf "%s\\n" "${COMPREPLY[@]}"'
    return output(need("bash"), "-c", code, "bash", str(path), *words).split()


class TestBash:
    @pytest.mark.parametrize(
        ("words", "offered"),
        [
            (["ar"], ["archive"]),
            (["--v"], ["--version"]),
            (["archive", "--format", ""], ["docker", "oci"]),
            (["archive", "--format", "o"], ["oci"]),
            (["archive", "--form"], ["--format"]),
            (["completions", ""], ["-h", "--help", "bash", "zsh", "fish"]),
            (["stream", "--repo-tag", ""], []),
            (["stream", "./recip"], []),
            (["copy", "--", "--q"], []),
            (["--nothing-such"], []),
        ],
    )
    def test_what_is_offered(self, tmp_path: Path, words: list[str], offered: list[str]) -> None:
        assert in_bash(script("bash", tmp_path), "nixdock", *words) == offered

    def test_every_option_is(self, tmp_path: Path) -> None:
        path = script("bash", tmp_path)
        for command in described_commands():
            names = {name for option in command.options for name in option.names}
            assert names <= set(in_bash(path, "nixdock", command.name, "-"))


class TestFish:
    def offered(self, path: Path, line: str) -> set[str]:
        code = f'source {path}; complete -C "{line}"'
        found = output(need("fish"), "--no-config", "-c", code).splitlines()
        return {one.partition("\t")[0] for one in found}

    def test_what_is_offered(self, tmp_path: Path) -> None:
        path = script("fish", tmp_path)
        assert self.offered(path, "nixdock archive --format ") == {"docker", "oci"}
        assert self.offered(path, "nixdock completions z") == {"zsh"}
        assert {command.name for command in described_commands()} <= self.offered(path, "nixdock ")
        assert "--compressor" in self.offered(path, "nixdock archive --")


class TestZsh:
    def test_it_is_registered_and_understood(self, tmp_path: Path) -> None:
        path = script("zsh", tmp_path)
        code = f"autoload -Uz compinit; compinit -D -u; source {path}; print $_comps[nixdock]; whence -w _nixdock"
        assert output(need("zsh"), "-fc", code) == "_nixdock\n_nixdock: function\n"

    def test_what_is_offered(self, tmp_path: Path) -> None:
        """Its own machinery runs on a terminal only, so that what `_arguments` is given is looked at."""
        path = script("zsh", tmp_path)
        code = (
            "_arguments() { [[ $1 == -C ]] && { state=words; line=(archive) } || print -l -- $@ }; compdef() {};"
            f"source {path}; _nixdock"
        )
        offered = output(need("zsh"), "-fc", code).splitlines()
        assert any(one.startswith("--format=[") and one.endswith(":FORMAT:(docker oci)") for one in offered)
        assert offered[-1] == "*:word:_files"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_help_that_a_shell_could_obey(shell: str, tmp_path: Path) -> None:
    options = (Option(("-x", "--extra"), "A:B", (), HOSTILE),)
    path = script(shell, tmp_path, [Command("pack", HOSTILE, "", "", (Word("FILE", (), HOSTILE),), options)])
    words = {"bash": ["-n"], "zsh": ["-n"], "fish": ["--no-execute"]}[shell]
    subprocess.run([need(shell), *words, path], check=True, cwd=tmp_path)
    assert not (tmp_path / "x").exists()
