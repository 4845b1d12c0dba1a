"""Another version of Python than the one that runs the tests: an installed one, else another Debian's, unpacked."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.tools import SYSTEM_PATH, lacking, need, need_root, output

OLDEST = (3, 11)
SUITE = "bookworm" if sys.version_info[:2] == (3, 13) else "trixie"
"""A Debian with another Python: bookworm has 3.11, trixie 3.13, sid a newer one."""


def other_python() -> list[str]:
    """The command of a Python of another version, 3.11 at least. See `lacking` for a machine that cannot have one."""
    for candidate in _installed():
        version = _version([candidate])
        if version >= OLDEST and version != sys.version_info[:2]:
            return [candidate]
    command = _unpacked()
    if _version(command) in ((), sys.version_info[:2]):
        lacking(f"Debian {SUITE} has no other Python than the {sys.version_info.major}.{sys.version_info.minor} here")
    return command


def _installed() -> list[str]:
    directories = f"{SYSTEM_PATH}:{os.environ.get('PATH', '')}".split(":")
    patterns = [f"{directory}/python3.[1-9][0-9]" for directory in directories]
    patterns.append(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3"))
    return [path for pattern in patterns for path in sorted(glob.glob(pattern))]


def _version(command: list[str]) -> tuple[int, ...]:
    """Major and minor, or () where the command does not work (a pyenv shim for a version that is not chosen)."""
    program = "import hashlib, sys; print(*sys.version_info[:2])"
    done = subprocess.run([*command, "-c", program], capture_output=True, text=True, check=False)
    return tuple(map(int, done.stdout.split())) if done.returncode == 0 else ()


def _unpacked() -> list[str]:
    """The Python of a small Debian in the user's cache, started by its own loader, without a chroot."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    top = cache / "nixdock" / f"{SUITE}-python"
    if not top.exists():
        _bootstrap(top)
    (libraries,) = glob.glob(f"{top}/usr/lib/*-linux-gnu")
    loader = next(path for path in glob.glob(f"{libraries}/ld-linux-*.so.*"))
    python = os.path.realpath(top / "usr/bin/python3")
    return ["env", f"PYTHONHOME={top}/usr", loader, "--library-path", libraries, python]


def _bootstrap(top: Path) -> None:
    need_root("debootstrap")
    new = top.with_name(top.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.parent.mkdir(parents=True, exist_ok=True)
    command = [need("debootstrap"), "--variant=minbase", "--include=python3", SUITE, str(new), _mirror()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lacking(f"debootstrap of {SUITE} failed: {done.stdout[-300:]}")
    os.replace(new, top)


def _mirror() -> str:
    """A Debian mirror that apt uses here, so that no address has to be known in advance."""
    targets = [need("apt-get"), "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"]
    addresses = output(*targets).decode().split()
    return addresses[0] if addresses else lacking("apt has no Debian mirror here")
