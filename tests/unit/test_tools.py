"""A machine that lacks a program: skipped with the reason at home, failed in CI."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tools import need


def test_a_lacking_program_skips_the_test_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no program 'no-such-program'"):
        need("no-such-program")


def test_a_lacking_program_fails_the_test_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no program 'no-such-program'"):
        need("no-such-program")


def test_the_distribution_comes_before_other_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("sh", "only-here"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert need("sh") in ("/usr/bin/sh", "/bin/sh")
    assert need("only-here") == str(tmp_path / "only-here")
