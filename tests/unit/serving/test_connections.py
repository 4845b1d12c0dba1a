"""Connections over real sockets, with small limits; what is answered is in test_registry_server."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from nixdock_hook.serving import connection_limits, connections
from nixdock_hook.serving.client_connection import Connection
from nixdock_hook.serving.connection_limits import Limits
from nixdock_hook.serving.connections import Connections
from nixdock_hook.serving.http_requests import BadRequest, Request
from tests.support.server import wait_until

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PATIENT = 1000.0


class Server:
    """Answers `.` to all that is asked, or whatever `answer` does instead."""

    def __init__(self, connections: int = 100, answers: int = 100) -> None:
        self.warnings: list[str] = []
        self.answer: Callable[[Connection, Request | BadRequest], bool] = self.point
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=100)
        limits = Limits(connections, answers, 128)
        self.served = Connections(self.listening, limits, self._answer, self.warnings.append)

    def _answer(self, connection: Connection, request: Request | BadRequest) -> bool:
        try:
            return self.answer(connection, request)
        except OSError:
            return False

    def point(self, connection: Connection, request: Request | BadRequest) -> bool:
        connection.send(b"." if isinstance(request, Request) else b"!", 10)
        return isinstance(request, Request)

    def connect(self) -> socket.socket:
        return socket.create_connection(self.listening.getsockname(), timeout=20)


@contextmanager
def running(server: Server) -> Iterator[ExitStack]:
    """Run the server; gives a stack for the clients' sockets."""
    thread = threading.Thread(target=server.served.run)
    thread.start()
    try:
        with ExitStack() as clients:
            yield clients
    finally:
        server.served.stop()
        server.served.close()
        server.listening.close()
        thread.join()


def asked(client: socket.socket, request: bytes = REQUEST) -> bytes:
    client.sendall(request)
    return client.recv(1)


def is_cut(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionError:
        return True


@pytest.fixture(autouse=True)
def grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time matters but those that a test sets."""
    for name in ("HEAD_TIME", "IDLE_GRACE", "STALL_GRACE"):
        monkeypatch.setattr(connection_limits, name, PATIENT)


def test_request_after_request() -> None:
    server = Server()
    with running(server) as clients:
        client = clients.enter_context(server.connect())
        assert [asked(client, piece) for piece in (REQUEST, b"\r\n" + REQUEST)] == [b".", b"."]
        client.sendall(REQUEST[:9])
        assert asked(client, REQUEST[9:] + REQUEST) == client.recv(1) == b"."
        assert asked(client, b"nothing\n") == b"!"
        assert is_cut(client)


def test_idle_clients_have_no_threads() -> None:
    server = Server()
    with running(server) as clients:
        before = threading.active_count()
        for number in range(50):
            client = clients.enter_context(server.connect())
            if number % 2:
                assert asked(client) == b"."
        assert asked(clients.enter_context(server.connect())) == b"."
        wait_until(lambda: threading.active_count() == before, "all is answered")


@pytest.mark.parametrize("said", [b"", b"GET / HT", REQUEST + b"GET"])
def test_a_head_has_its_time_in_all(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then does not help."""
    server = Server()
    with running(server) as clients:
        client = clients.enter_context(server.connect())
        client.sendall(said)
        assert asked(clients.enter_context(server.connect())) == b"."  # so the other one is waited for
        monkeypatch.setattr(connection_limits, "HEAD_TIME", 0.5)
        clients.enter_context(server.connect())  # wakes the server
        end = threading.Event()

        def drip() -> None:
            while not end.wait(0.1):
                try:
                    client.send(b"x")
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            while client.recv(1) == b".":
                pass
        except ConnectionError:
            pass
        finally:
            end.set()
            dripping.join()


def test_idle_ones_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(connections=5)
    monkeypatch.setattr(connection_limits, "IDLE_GRACE", 0.0)
    with running(server) as clients:
        first, *others = [clients.enter_context(server.connect()) for _ in range(5)]
        assert asked(first) == b"."  # so another one has waited for longest
        assert asked(clients.enter_context(server.connect())) == b"."
        assert is_cut(others[0])
        assert asked(first) == asked(others[1]) == b"."
        for _ in range(20):
            assert asked(clients.enter_context(server.connect())) == b"."
    assert server.warnings == [
        "warning: 5 clients are connected, 128 file descriptors allow no more (ulimit -n):"
        " new ones wait, or take the place of idle ones"
    ]


def test_without_room_new_ones_wait() -> None:
    server = Server(connections=3)
    with running(server) as clients:
        inside = [clients.enter_context(server.connect()) for _ in range(3)]
        assert [asked(client) for client in inside] == [b"."] * 3
        outside = clients.enter_context(server.connect())
        outside.sendall(REQUEST)
        wait_until(lambda: bool(server.warnings), "the server says so")
        assert asked(inside[0]) == b"."
        inside[0].close()
        assert outside.recv(1) == b"."
    assert len(server.warnings) == 1


@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_out_of_descriptors_it_waits_and_recovers(error: int, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    fails, tried = threading.Event(), []

    class Listening(socket.socket):
        def accept(self) -> tuple[socket.socket, object]:
            tried.append(1)
            if fails.is_set():
                raise OSError(error, os.strerror(error))
            return super().accept()

    server.served._listening = Listening(fileno=os.dup(server.listening.fileno()))
    server.served._selector.unregister(server.listening)
    server.served._listen()
    fails.set()
    with running(server) as clients, server.served._listening:
        outside = clients.enter_context(server.connect())
        outside.sendall(REQUEST)
        wait_until(lambda: len(tried) > 2, "it tries again")
        looks = len(tried)
        outside.settimeout(1)
        with pytest.raises(TimeoutError):
            outside.recv(1)
        assert len(tried) - looks < 20  # it does not spin
        fails.clear()
        outside.settimeout(20)
        assert outside.recv(1) == b"."
    [warning] = server.warnings
    assert os.strerror(error) in warning


def test_out_of_descriptors_some_are_left_for_what_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    monkeypatch.setattr(connection_limits, "IDLE_GRACE", 0.0)
    monkeypatch.setattr(connections, "_SCARCE", PATIENT)
    with running(server) as clients:
        idle = [clients.enter_context(server.connect()) for _ in range(8)]
        assert asked(idle[-1]) == b"."  # all are accepted
        server.served._become_scarce()
        server.served._wake_up()
        new = clients.enter_context(server.connect())
        assert asked(new) == b"."
        assert [is_cut(client) for client in idle[:5]] == [True] * 5
        assert [asked(client) for client in idle[5:]] == [b"."] * 3
        assert asked(clients.enter_context(server.connect())) == b"."
        assert is_cut(new)  # there are still no more than four


def test_more_requests_than_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(answers=2)
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def answer(connection: Connection, request: Request | BadRequest) -> bool:
        begun.release()
        go_on.wait(20)
        return server.point(connection, request)

    server.answer = answer
    with running(server) as clients:
        waiting = [clients.enter_context(server.connect()) for _ in range(5)]
        for client in waiting:
            client.sendall(REQUEST)
        assert begun.acquire(timeout=20) and begun.acquire(timeout=20)
        assert not begun.acquire(timeout=0.3)
        go_on.set()
        assert [client.recv(1) for client in waiting] == [b"."] * 5


def test_who_takes_nothing_is_cut_where_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(answers=1)

    def answer(connection: Connection, request: Request | BadRequest) -> bool:
        if isinstance(request, Request) and request.target == "/large":
            while True:
                connection.send(bytes(1 << 20), PATIENT)
        return server.point(connection, request)

    server.answer = answer
    with running(server) as clients:
        slow = clients.enter_context(server.connect())
        assert asked(slow, REQUEST.replace(b"/ ", b"/large ")) == b"\0"
        other = clients.enter_context(server.connect())
        other.sendall(REQUEST)
        other.settimeout(0.5)
        with pytest.raises(TimeoutError):
            other.recv(1)
        monkeypatch.setattr(connection_limits, "STALL_GRACE", 0.2)
        other.settimeout(20)
        assert other.recv(1) == b"."


def test_whether_a_client_has_gone() -> None:
    server = Server()
    found: list[bool] = []
    go_on = threading.Event()

    def answer(connection: Connection, request: Request | BadRequest) -> bool:
        found.append(connection.is_gone())
        go_on.wait(20)
        wait_until(connection.is_gone, "the client is gone")
        found.append(connection.is_gone())
        return False

    server.answer = answer
    with running(server):
        with server.connect() as client:
            client.sendall(REQUEST + b"more, which nobody reads")
            wait_until(lambda: found == [False], "it is there")
        go_on.set()
        wait_until(lambda: found == [False, True], "it is gone")


def test_at_the_end_all_are_closed() -> None:
    server = Server()
    begun = threading.Event()

    def answer(connection: Connection, request: Request | BadRequest) -> bool:
        begun.set()
        while True:
            connection.send(bytes(1 << 20), PATIENT)

    server.answer = answer
    with ExitStack() as clients:
        with running(server):
            idle, busy = (clients.enter_context(server.connect()) for _ in range(2))
            busy.sendall(REQUEST)
            assert begun.wait(20)
        assert is_cut(idle)
        while not is_cut(busy):
            pass
