"""Sockets in other network namespaces, which need no privilege where the kernel lets users have their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nixdock_hook.copying.namespaces import has_own_network, listen_in
from tests.support.tools import need

# Brings its loopback up, as whoever makes such a namespace does, says that it is there, and connects to a port.
PROGRAM = """
import fcntl, socket, struct, sys
with socket.socket() as any:
    fcntl.ioctl(any, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
print("ready", flush=True)
with socket.create_connection(("127.0.0.1", int(sys.stdin.readline())), timeout=10) as connection:
    print(connection.recv(100).decode(), flush=True)
"""


@contextmanager
def program(*prefix: str) -> Iterator[subprocess.Popen[str]]:
    command = [*prefix, sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout
        try:
            if started.stdout.readline() != "ready\n":
                pytest.skip(f"{prefix[0]} cannot make such a namespace here")
            yield started
        finally:
            started.kill()


@pytest.mark.parametrize("options", [("--user", "--map-root-user", "--net"), ("--net",)])
def test_a_process_with_a_network_of_its_own_reaches_us_inside_it(options: tuple[str, ...]) -> None:
    with program(need("unshare"), *options) as process:
        assert process.stdin and process.stdout
        assert has_own_network(process.pid)
        here = os.stat("/proc/self/ns/net").st_ino
        listening = listen_in(process.pid)
        assert listening
        with listening:
            assert os.stat("/proc/self/ns/net").st_ino == here  # this process has stayed where it was
            process.stdin.write(f"{listening.getsockname()[1]}\n")
            process.stdin.flush()
            listening.settimeout(10)
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"reached")
        assert process.stdout.readline() == "reached\n"


def test_whose_network_is_ours() -> None:
    assert not has_own_network(os.getpid())


def test_a_process_that_is_gone(tmp_path: Path) -> None:
    with subprocess.Popen([need("true")]) as gone:
        pass
    assert not has_own_network(gone.pid)
    assert listen_in(gone.pid) is None
