"""What is said on stderr."""

from __future__ import annotations

import os
import sys

import pytest

from nixdock_hook.messages import say, warn


def test_passwords_are_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    say("docker://me:secret@registry.example/app")
    assert capsys.readouterr().err == "docker://me:***@registry.example/app\n"


def test_a_warning_is_called_one(capsys: pytest.CaptureFixture[str]) -> None:
    warn("mind this")
    assert capsys.readouterr() == ("", "nixdock: warning: mind this\n")


def test_nobody_has_to_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w", buffering=1) as closed:
        monkeypatch.setattr(sys, "stderr", closed)
        say("hello")
        monkeypatch.undo()
        with pytest.raises(BrokenPipeError):  # what was said is still to be written
            closed.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), write_end)
