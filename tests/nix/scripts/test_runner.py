"""Scripts of users, run by programs of the store."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nixdock_hook.scripts.runner import Script, run_in_chroot, run_plain, run_under_fakeroot
from tests.support.nix import Nix


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.mark.parametrize(
    ("code", "is_kept"),
    [
        ("mktemp", True),
        ("rm $(mktemp)", False),
        ("true", False),
        ("chmod 755 /tmp", True),
        ("mkdir /tmp", True),
        ("mkdir -p /tmp", True),
        ("install -d -m 1777 /tmp", True),
    ],
)
def test_a_tmp_that_no_script_wants_is_gone(
    nix: Nix, root: Path, monkeypatch: pytest.MonkeyPatch, code: str, is_kept: bool
) -> None:
    coreutils, bash, fakeroot = (nix.build_expression(f"pkgs.{name}") for name in ("coreutils", "bash", "fakeroot"))
    monkeypatch.setenv("PATH", f"{fakeroot}/bin:{coreutils}/bin:{os.environ['PATH']}")
    run_in_chroot([Script(code, "theScript", f"{bash}/bin/bash")], str(root))
    assert os.listdir(root) == (["tmp"] if is_kept else [])


SOCKETS = """
import os, socket
os.mkdir("run")
for name in ("run/one", "a socket"):
    socket.socket(socket.AF_UNIX).bind(name)
open("run/file", "w").close()
"""


@pytest.mark.parametrize("run", [run_plain, run_under_fakeroot, lambda script, root: run_in_chroot([script], root)])
def test_sockets_are_left_out(
    nix: Nix,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    run: Callable[[Script, str], object],
) -> None:
    python, bash, fakeroot = (nix.build_expression(f"pkgs.{name}") for name in ("python3", "bash", "fakeroot"))
    monkeypatch.setenv("PATH", f"{fakeroot}/bin:{os.environ['PATH']}")
    run(Script(f"{python}/bin/python3 -c '{SOCKETS}'", "theScript", f"{bash}/bin/bash"), str(root))
    assert sorted(str(path.relative_to(root)) for path in root.rglob("*")) == ["run", "run/file"]
    messages = capfdbinary.readouterr().err.decode()
    for name in ("run/one", "a socket"):
        assert f"nixdock: warning: a socket is left out, no image can hold one: /{name}\n" in messages
