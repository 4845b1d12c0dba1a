from __future__ import annotations

import re
import time

import pytest

from nixdock_hook import clients as client
from nixdock_hook.errors import ProgramFailed
from tests.support.tools import need


def test_what_it_writes_is_returned() -> None:
    assert client.run([need("sh"), "-c", "echo out; echo message >&2"]) == b"out\n"


def test_a_failure_is_told_in_its_last_words() -> None:
    with pytest.raises(ProgramFailed, match="sh failed: because of that$"):
        script = "echo out; echo first >&2; echo because of that >&2; exit 3"
        client.finish(client.start([need("sh"), "-c", script]), "sh")


@pytest.mark.parametrize(
    ("said", "group"),
    [
        ("permission denied while trying to connect to the Docker daemon socket at unix:///s: denied", "docker"),
        ("cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Permission denied", "nix-users"),
        ("opening lock file '/nix/var/nix/db/big-lock': Permission denied", "nix-users"),
    ],
)
def test_a_user_whom_a_group_would_let_in(said: str, group: str) -> None:
    told = client.with_remedy(said)
    assert told.startswith(f"{said}: ")
    assert told.endswith(f"sudo usermod -aG {group} $USER, then log in again")
    with pytest.raises(ProgramFailed, match=re.escape(f"client failed: {told}")):
        client.finish(client.start([need("sh"), "-c", 'echo "$0" >&2; exit 1', said]), "client")


def test_what_nothing_is_known_of() -> None:
    assert client.with_remedy("it did not say why") == "it did not say why"


def test_there_is_no_waiting_for_what_failed_already() -> None:
    start = time.monotonic()
    with pytest.raises(ProgramFailed, match="sleep failed: it did not say why"):
        client.finish(client.start([need("sleep"), "60"]), "sleep", lambda: time.monotonic() > start + 0.5)
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        (b"", "it did not say why"),
        (b"first\nlast\n", "last"),
        (b"unknown flag: --x\n\nUsage:  docker [OPTIONS]\n\nRun 'docker --help' for more\n", "unknown flag: --x"),
        (b"Error: unknown flag: --x\nSee 'podman --help'\n", "Error: unknown flag: --x"),
        (b'time="2020" level=fatal msg="no \\"image\\" \\\\ here"\n', 'no "image" \\ here'),
        (b"\xff\n", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_last_words(messages: bytes, said: str) -> None:
    assert client.last_words(messages) == said
