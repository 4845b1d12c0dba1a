"""A Unix socket on a port of 127.0.0.1, for what speaks TCP alone."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer


@contextmanager
def relay(path: str) -> Iterator[int]:
    """The port, while the block runs."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as far:
                far.connect(path)
                thread = threading.Thread(target=_pass_on, args=(self.connection, far), daemon=True)
                thread.start()
                _pass_on(far, self.connection)

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        with source.makefile("rb", buffering=0) as reading, target.makefile("wb", buffering=0) as writing:
            shutil.copyfileobj(reading, writing)
        target.shutdown(socket.SHUT_WR)
