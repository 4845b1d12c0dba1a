"""Other people's clients of registries, started: what they say is kept for the error that it explains."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import process
from .errors import ProgramFailed
from .process import Stop

# skopeo and podman write `time="…" level=fatal msg="…"` where there is no terminal.
_LOGGED = re.compile(r'time="[^"]*" level=\w+ msg="((?:[^"\\]|\\.)*)"')

# What a program says, in part, and what helps. The groups are those of Debian's packages.
_REMEDIES = {
    "permission denied while trying to connect to the": "run: sudo usermod -aG docker $USER, then log in again",
    "/daemon-socket/socket': Permission denied": "run: sudo usermod -aG nix-users $USER, then log in again",
    "/db/big-lock': Permission denied": "Nix's daemon builds for you: run: sudo apt-get install nix-setup-systemd &&"
    " sudo usermod -aG nix-users $USER, then log in again",
}

# How docker and podman go on after they said which option is wrong.
_HELP = ("Usage:", "See '", "Run '")


def start(command: Sequence[str]) -> process.Process:
    """Start a client; `finish` waits for it."""
    return process.start(command, stdin=process.DEVNULL, stdout=process.PIPE, stderr=process.PIPE)


def finish(client: process.Process, name: str, stop: Stop = bool) -> bytes:
    """Wait for a client; returns its stdout. Raises ProgramFailed with the last line it said on stderr.

    stop: tells when there is nothing to wait for any more; docker tries for a minute to get a layer that is broken.
    """
    output, messages = process.communicate(client, stop)
    if client.returncode:
        raise ProgramFailed(f"{name} failed", "", with_remedy(last_words(messages)))
    return output


def run(command: Sequence[str], stop: Stop = bool) -> bytes:
    """Start a client and `finish` it."""
    return finish(start(command), command[0], stop)


def with_remedy(said: str) -> str:
    """Add what helps, where that is known, to what a program said."""
    remedies = (f": {remedy}" for part, remedy in _REMEDIES.items() if part in said)
    return said + next(remedies, "")


def last_words(messages: bytes) -> str:
    """Return the last line of a client's messages that says what is wrong, without time and level."""
    said = messages.decode(errors="replace").strip().splitlines()
    lines = [line for line in said if line and not line.startswith(_HELP)] or ["it did not say why"]
    logged = _LOGGED.search(lines[-1])
    return re.sub(r"\\(.)", r"\1", logged[1]) if logged else lines[-1]
