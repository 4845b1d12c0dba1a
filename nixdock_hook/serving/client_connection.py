"""One client's connection: what comes, what is sent, and since when nothing has moved."""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from time import monotonic

from . import connection_limits as times
from .http_requests import HeadReader

_RECEIVED = 1 << 16
_KEEP_ALIVE = 60  # seconds without a packet until a client is asked whether its machine is still there
_HANG_UP = getattr(select, "POLLRDHUP", select.POLLHUP)  # Linux tells of a half-closed connection, too


class Connection:
    """One client, accepted.

    reader: gives its requests. since: when it began to wait for a request, or to take the piece that is being sent.
    is_ending: True once what comes is thrown away.
    """

    def __init__(self, client: socket.socket) -> None:
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        with suppress(AttributeError, OSError):  # Linux has it
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEP_ALIVE)
        self.reader = HeadReader()
        self.since = monotonic()
        self.is_ending = False
        self._client = client
        self._is_sending = False

    def fileno(self) -> int:
        return self._client.fileno()

    def receive(self) -> bytes:
        """Return what came; b"" at the end. Raises BlockingIOError where nothing came."""
        return self._client.recv(_RECEIVED)

    def send(self, data: bytes | memoryview, patience: float) -> int:
        """Send some of the data and return how many bytes. Raises TimeoutError after `patience` seconds without any."""
        self._client.settimeout(patience)
        self.since, self._is_sending = monotonic(), True
        try:
            return self._client.send(data)
        finally:
            self._is_sending = False

    def is_gone(self) -> bool:
        """Tell whether the client has closed the connection, or its half of it."""
        poll = select.poll()
        poll.register(self._client, _HANG_UP)
        return bool(poll.poll(0))

    def is_stalled(self, now: float) -> bool:
        """Tell whether the client has taken nothing for so long that it is cut where others wait."""
        return self._is_sending and self.since + times.STALL_GRACE <= now

    def await_request(self) -> None:
        """Begin the time of the next request's head."""
        self._client.setblocking(False)
        self.since = monotonic()

    def end(self) -> None:
        """Send no more, and throw away what comes.

        Bytes left unread would make the system reset the connection, and the client might lose the last answer.
        """
        self.is_ending = True
        with suppress(OSError):
            self._client.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        """Make a thread that sends fail."""
        with suppress(OSError):
            self._client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._client.close()
