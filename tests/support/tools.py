"""Programs that tests need and a machine may lack: a skip with its reason at home, a failure in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
"""The top of the repository."""

SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
"""Searched first: the distribution's programs belong together, a newer docker client in $PATH does not."""


def lacking(reason: str) -> NoReturn:
    """The machine cannot run this test: skip it, or fail it where the environment says CI."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason} (CI is set, so this is no skip)", pytrace=False)
    pytest.skip(reason)


def need(program: str) -> str:
    """The full path of a program, see `lacking` for a machine without it."""
    found = shutil.which(program, path=f"{SYSTEM_PATH}:{os.environ.get('PATH', '')}")
    return found or lacking(f"there is no program {program!r} here")


def need_root(why: str) -> None:
    """See `lacking` for a run as another user than root."""
    if os.geteuid() != 0:
        lacking(f"{why} needs root")


def output(*command: str | Path, env: Mapping[str, str] | None = None, stdin: bytes | None = None) -> bytes:
    """What a program writes to stdout; AssertionError with its messages unless it exits 0."""
    done = subprocess.run([str(word) for word in command], input=stdin, capture_output=True, env=env, check=False)
    messages = done.stderr.decode(errors="replace")
    assert done.returncode == 0, f"{' '.join(map(str, command))}\nexit status {done.returncode}\n{messages}"
    return done.stdout
