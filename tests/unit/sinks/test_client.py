from __future__ import annotations

import time

import pytest

from nixdock_hook.errors import ProgramFailed
from nixdock_hook.sinks import client
from tests.support.tools import need


def test_what_it_writes_is_returned() -> None:
    assert client.run([need("sh"), "-c", "echo out; echo message >&2"]) == b"out\n"


def test_a_failure_is_told_in_its_last_words() -> None:
    with pytest.raises(ProgramFailed, match="sh failed: because of that$"):
        script = "echo out; echo first >&2; echo because of that >&2; exit 3"
        client.finish(client.start([need("sh"), "-c", script]), "sh")


def test_a_user_whom_docker_does_not_let_in_is_told_the_group() -> None:
    said = "permission denied while trying to connect to the Docker daemon socket at unix:///s: connect: denied"
    with pytest.raises(ProgramFailed, match=f"docker failed: {said}: run: sudo usermod -aG docker \\$USER, "):
        client.finish(client.start([need("sh"), "-c", f"echo '{said}' >&2; exit 1"]), "docker")


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
