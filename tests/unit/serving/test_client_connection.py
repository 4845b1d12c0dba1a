"""One client's connection."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread
from time import monotonic

import pytest

from nixdock_hook.serving import connection_limits
from nixdock_hook.serving.client_connection import Connection


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    """A connection, and its client."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        connection = Connection(server.accept()[0])
        yield connection, client
        connection.close()


Pair = tuple[Connection, socket.socket]


def test_what_comes(pair: Pair) -> None:
    connection, client = pair
    with pytest.raises(BlockingIOError):
        connection.receive()
    client.sendall(b"GET")
    client.shutdown(socket.SHUT_WR)
    while not connection.is_gone():
        pass
    assert (connection.receive(), connection.receive()) == (b"GET", b"")


def test_a_client_that_takes_nothing_is_given_up(pair: Pair) -> None:
    connection, _ = pair
    with pytest.raises(TimeoutError):
        while connection.send(bytes(1 << 20), 0.05):
            pass
    assert not connection.is_stalled(monotonic() + 2 * connection_limits.STALL_GRACE)  # nothing is being sent now


def test_while_it_is_sent_to_it_may_be_cut(pair: Pair) -> None:
    connection, _ = pair
    ends: list[BaseException] = []

    def send() -> None:
        try:
            while connection.send(bytes(1 << 20), 60):
                pass
        except OSError as error:
            ends.append(error)

    thread = Thread(target=send)
    thread.start()
    while not connection.is_stalled(monotonic() + 2 * connection_limits.STALL_GRACE):
        pass
    assert not connection.is_stalled(connection.since)
    connection.cut()
    thread.join(20)
    assert len(ends) == 1 and not isinstance(ends[0], TimeoutError)


def test_at_its_end_the_client_still_reads_what_was_sent(pair: Pair) -> None:
    connection, client = pair
    connection.send(b"answer", 1)
    connection.end()
    assert connection.is_ending
    assert (client.recv(100), client.recv(100)) == (b"answer", b"")
