"""A place where there is nothing but a package's closure: what runs there needs nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from .nix import Nix
from .tools import need

# As process 1 the command takes what it started with it when it ends.
_SURROUNDINGS = ("--unshare-all", "--as-pid-1", "--clearenv", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp")


def closure(nix: Nix, *paths: Path) -> list[Path]:
    """The paths and all that they refer to."""
    return [Path(path) for path in nix("nix-store", "--query", "--requisites", *paths).splitlines()]


def run_alone(nix: Nix, packages: Sequence[Path], *command: str | Path, options: Sequence[str | Path] = ()) -> str:
    """Run a command beside the packages' closures, /dev, /proc and an empty /tmp; returns its stdout.

    Its PATH is the packages' `bin`; ``options`` are more of bubblewrap's own.
    """
    binds = [word for path in closure(nix, *packages) for word in ("--ro-bind", path, path)]
    path = ":".join(f"{package}/bin" for package in packages)
    words = [need("bwrap"), *_SURROUNDINGS, "--setenv", "PATH", path, *options, *binds, *command]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
