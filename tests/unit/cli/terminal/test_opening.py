"""What the commands that look into images share."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from pathlib import Path

import pytest

from nixdock_hook.cli.terminal.opening import add_opening_arguments, choice, style, write_json, write_lines
from nixdock_hook.registries.access import Access


def test_options_choose_an_image_and_say_how_registries_are_asked(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    parser = argparse.ArgumentParser()
    add_opening_arguments(parser)
    options = parser.parse_args(
        ["--image", "a:1", "--arch", "arm64", "--tls-verify", "false", "--authfile", f"{tmp_path}/x"]
    )
    found = choice(options)
    assert (found.architecture, found.os, found.image) == ("arm64", "linux", "a:1")
    assert found.access == Access(tls_verify=False, auth_file=f"{tmp_path}/x", environment=os.environ)


@pytest.mark.parametrize(
    ("is_terminal", "environment", "coloured"),
    [
        (True, {"TERM": "xterm"}, True),
        (False, {"TERM": "xterm"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_are_for_terminals(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, environment: dict[str, str], coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal, raising=False)
    assert bool(style().bold("x") != "x") is coloured


def test_any_locale_can_be_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    write_lines(["\N{SNOWMAN}"])
    write_json({"a": 1})
    sys.stdout.flush()
    first, second = raw.getvalue().decode().splitlines()
    assert first == "\N{SNOWMAN}"
    assert json.loads(second) == {"version": 1, "a": 1}
