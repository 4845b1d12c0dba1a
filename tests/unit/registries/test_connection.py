"""Servers that speak HTTP in their own way."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import BinaryIO

import pytest

from nixdock_hook.registries import connection
from nixdock_hook.registries.connection import Connections, Question
from nixdock_hook.registries.content import InMemory

Handler = Callable[[socket.socket, BinaryIO], None]
LARGE = bytes(16 << 20)


class Server:
    """Does with its first connection what the first handler does, and so on; url: where."""

    def __init__(self, handlers: list[Handler]) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/"
        self._handlers = handlers
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with suppress(OSError):
            for handler in self._handlers:
                accepted, _ = self._listening.accept()
                with accepted, accepted.makefile("rb") as file:
                    handler(accepted, file)

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # else nobody wakes up who accepts
        self._listening.close()
        self._thread.join(10)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*handlers: Handler) -> Server:
        servers.append(Server(list(handlers)))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def connections() -> Iterator[Connections]:
    made = Connections(lambda host: pytest.fail("no TLS here"), {})
    yield made
    made.close()


def head(file: BinaryIO) -> None:
    """Read the head of a request, and a body that has a length."""
    lines = b"".join(iter(file.readline, b"\r\n"))
    length = re.search(rb"Content-Length: (\d+)", lines)
    file.read(int(length[1]) if length else 0)


def says(*answers: bytes) -> Handler:
    """Answer one request after the other, each with these bytes, and hang up."""

    def handler(accepted: socket.socket, file: BinaryIO) -> None:
        for answer in answers:
            head(file)
            accepted.sendall(answer)

    return handler


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\nX-A: 1\r\nX-B: 2\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
@pytest.mark.parametrize("content", [None, InMemory(b"content")])
def test_all_forms_of_an_answer(
    serve: Callable[..., Server], connections: Connections, answer: bytes, content: InMemory | None
) -> None:
    found = connections.ask(Question("PUT", serve(says(answer)).url, {}, content))
    assert (found.status, found.body) == (200, b"ok")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-Y: z\r\n" * 1000,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 500_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X-Y: z\r\n" * 3_000_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"HTTP/1.1 banana\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
)
def test_no_answer_without_an_end(serve: Callable[..., Server], connections: Connections, answer: bytes) -> None:
    def handler(accepted: socket.socket, file: BinaryIO) -> None:
        head(file)
        with suppress(ConnectionError):
            accepted.sendall(answer)

    server = serve(handler)
    with pytest.raises((HTTPException, OSError)):
        connections.ask(Question("GET", server.url))


@pytest.mark.parametrize("closes", [True, False])
def test_an_answer_before_all_is_sent(
    serve: Callable[..., Server], connections: Connections, monkeypatch: pytest.MonkeyPatch, closes: bool
) -> None:
    """The server then takes no more of it, whether or not it says so; the connection is of no use any more."""
    monkeypatch.setattr(connection, "_SILENCE", 1.0)
    done = threading.Event()

    def refuses(accepted: socket.socket, file: BinaryIO) -> None:
        while file.readline() != b"\r\n":
            pass
        accepted.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        if not closes:
            done.wait(10)

    server = serve(refuses, says(OK))
    found = connections.ask(Question("PUT", server.url, {}, InMemory(LARGE)))
    done.set()
    assert (found.status, found.body) == (413, b"big")
    assert connections.ask(Question("GET", server.url)).body == b"ok"


def test_a_server_that_takes_no_more_and_says_nothing(
    serve: Callable[..., Server], connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_SILENCE", 0.2)
    monkeypatch.setattr(connection, "_LAST_WORDS", 0.2)
    done = threading.Event()
    server = serve(lambda accepted, file: done.wait(10) and None)
    with pytest.raises(TimeoutError):
        connections.ask(Question("PUT", server.url, {}, InMemory(LARGE)))
    done.set()


def test_a_body_behind_the_answer_to_head(serve: Callable[..., Server], connections: Connections) -> None:
    """Which no server may send; what follows it on the connection would be taken for an answer."""
    strange = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
    server = serve(says(strange), says(OK))
    assert connections.ask(Question("HEAD", server.url)).status == 404
    assert connections.ask(Question("GET", server.url)).body == b"ok"


def test_a_server_that_closes_a_moment_after_each_answer(
    serve: Callable[..., Server], connections: Connections
) -> None:
    """A kept connection breaks while content is sent; then none of this server's is kept."""
    closing = threading.Event()

    def answers_and_closes(accepted: socket.socket, file: BinaryIO) -> None:
        head(file)
        accepted.sendall(OK)
        closing.wait(10)

    server = serve(answers_and_closes, says(OK), says(OK), says(OK))
    assert connections.ask(Question("POST", server.url)).body == b"ok"
    with pytest.raises((ConnectionError, HTTPException)):
        connections.ask(Question("PUT", server.url, {}, InMemory(b"x"), lambda sent: closing.set()))
    for content in (None, InMemory(b"x"), None):
        assert connections.ask(Question("POST", server.url, {}, content)).body == b"ok"


@pytest.mark.parametrize(
    ("scheme", "host", "port"),
    [("http", "[2001:db8::1]", 80), ("https", "[2001:db8::1]", 443), ("http", "[::1]:8000", 8000)],
)
def test_addresses_of_version_6(monkeypatch: pytest.MonkeyPatch, scheme: str, host: str, port: int) -> None:
    tried: list[tuple[str, int]] = []

    def connect(self: HTTPConnection) -> None:
        tried.append((self.host, self.port))
        raise OSError("enough")

    monkeypatch.setattr(HTTPConnection, "connect", connect)
    with pytest.raises(OSError, match="enough"):
        Connections(lambda host: ssl.create_default_context(), {}).ask(Question("GET", f"{scheme}://{host}/"))
    assert tried == [(host.partition("]")[0].strip("["), port)]
