"""nixdock's own command line, as a process of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .tools import ROOT

STORES = ("/nix/store", tempfile.gettempdir())
"""Where layers of the tests' recipes are: nixdock itself takes none from outside the store."""
PROGRAM = f"""
from nixdock_hook.__main__ import main
from nixdock_hook.store import place

place.ROOTS = {STORES}
main()
"""
COMMAND = (sys.executable, "-c", PROGRAM)


def command_environment(**changes: str) -> Mapping[str, str]:
    """This process's environment, with the package importable from anywhere and without NIXDOCK_DEBUG."""
    inherited = {name: value for name, value in os.environ.items() if name != "NIXDOCK_DEBUG"}
    return inherited | {"PYTHONPATH": str(ROOT)} | changes


def nixdock(*arguments: str | Path, **changes: str) -> subprocess.CompletedProcess[bytes]:
    """Run `nixdock ARGUMENTS` to its end; changes: of the environment."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, env=command_environment(**changes), check=False)


def error_of(*arguments: str | Path, **changes: str) -> str:
    """Run `nixdock ARGUMENTS`, which has to fail with status 1 and one line; returns what it says is wrong."""
    return _error(1, nixdock(*arguments, **changes))


def _error(status: int, done: subprocess.CompletedProcess[bytes]) -> str:
    message = done.stderr.decode()
    assert done.returncode == status, message
    assert message.startswith("nixdock: error: ") and message.count("\n") == 1 and message.endswith("\n"), message
    return message.removeprefix("nixdock: error: ").rstrip("\n")


def usage_error_of(*arguments: str | Path, **changes: str) -> str:
    """Run `nixdock ARGUMENTS`, a command line that nothing can be done for; returns what it says is wrong."""
    what, _, remedy = _error(2, nixdock(*arguments, **changes)).partition(" in the command line: ")
    assert remedy
    return what


def streamed(*arguments: str | Path) -> bytes:
    """What `nixdock stream` writes."""
    done = nixdock("stream", *arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def repo_tags(archive: bytes) -> list[str]:
    """The names of the first image of a docker-archive."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        return list(json.load(manifest)[0]["RepoTags"])
