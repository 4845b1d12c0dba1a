"""A port of 127.0.0.1 that passes on to a server: for what cannot reach it itself, or to count what it sends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer

_PIECE = 1 << 16


@contextmanager
def relay(server: str | int, sent: Callable[[int], object] = bool) -> Iterator[int]:
    """The port, while the block runs.

    server: the path of its Unix socket, or its port on 127.0.0.1. sent: is told of each piece that the server sends,
    how many bytes it has.
    """

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            with _connected(server) as far:
                thread = threading.Thread(target=_pass_on, args=(self.connection, far, bool), daemon=True)
                thread.start()
                _pass_on(far, self.connection, sent)

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        try:
            yield listening.server_address[1]
        finally:
            listening.shutdown()


def _connected(server: str | int) -> socket.socket:
    if isinstance(server, int):
        return socket.create_connection(("127.0.0.1", server))
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(server)
    return connection


def _pass_on(source: socket.socket, target: socket.socket, passed: Callable[[int], object]) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
            passed(len(piece))
        target.shutdown(socket.SHUT_WR)
