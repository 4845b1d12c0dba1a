"""`nixdock serve`: which images it is asked for; serving itself is in tests/unit/serving."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from nixdock_hook.cli import serve
from nixdock_hook.errors import InvalidInput


def run(*words: str) -> None:
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    options = parser.parse_args(words)
    options.passed_on = []
    serve.run(options)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), "no image is named"),
        (("/recipe", "--file", "x.nix"), "images of several kinds are named"),
        (("--flake", ".", "--file", "x.nix"), "images of several kinds are named"),
        (("/recipe", "--allow", "a"), "options for builds beside a recipe"),
        (("/recipe", "--jobs", "2"), "options for builds beside a recipe"),
        (("--file", "/no/such/file.nix"), "there is no such file in /no/such/file.nix"),
        (("/no/such/recipe",), "there is no recipe"),
    ],
)
def test_what_names_no_images(words: tuple[str, ...], error: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{error}"):
        run(*words)


@pytest.mark.parametrize("number", ["0", "-1", "10000", "1.5", "x", "01"])
def test_a_number_of_jobs(number: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("--file", str(tmp_path), f"--jobs={number}")
    assert f"{number!r} is no number from 1 to 9999" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["-1", "65536", "80x", "1e3", ""])
def test_a_port(number: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("--file", str(tmp_path), f"--port={number}")
    assert f"{number!r} is no number from 0 to 65535" in capsys.readouterr().err
