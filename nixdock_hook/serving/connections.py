"""The connections of a server: one thread waits for requests on all of them, one more answers each request.

So a client that says nothing costs a socket and no thread. Where there is no place for another client, the one that has
been idle for longest loses its own; a client that asks for the next thing anew finds out, and connects again.
"""

from __future__ import annotations

import errno
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from . import connection_limits as times
from .client_connection import Connection
from .connection_limits import Limits
from .http_requests import BadRequest, Request

_RETRY = 0.2  # seconds between two attempts while there is no descriptor, no room or no thread
_SCARCE = 10.0  # seconds after the system had no descriptor left in which only half of the connections are kept
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

Answering = Callable[[Connection, Request | BadRequest], bool]
"""Answers a request, in a thread of its own; returns whether another one may come. Raises nothing."""


class Connections:
    """Accept connections at a listening socket, and have their requests answered, until `stop`.

    warn: told once what keeps clients waiting.
    """

    def __init__(
        self, listening: socket.socket, limits: Limits, answer: Answering, warn: Callable[[str], None]
    ) -> None:
        self._listening = listening
        self._limits = limits
        self._answer = answer
        self._warn = warn
        self._has_warned = False
        self._waiting: dict[Connection, None] = {}  # for a request, the longest-waiting first
        self._asking: deque[tuple[Connection, Request | BadRequest]] = deque()  # for a thread
        self._answered: set[Connection] = set()  # by a thread, now
        self._done: deque[tuple[Connection, bool]] = deque()  # by a thread, and whether they stay
        self._stopping, self._stopped = threading.Event(), threading.Event()
        self._closing, self._is_closed = threading.Lock(), False
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, self._take_back)
        self._listening.setblocking(False)
        self._listens_again = 0.0  # when, if it does not now
        self._awaits_room = False  # it listens earlier, if there is room earlier
        self._scarce_until, self._most_while_scarce = 0.0, limits.connections
        self._listen()

    def run(self) -> None:
        """Serve until `stop` is called, in this thread."""
        try:
            while not self._stopping.is_set():
                for key, _ in self._selector.select(self._care()):
                    key.data()
        finally:
            self._stopped.set()

    def stop(self) -> None:
        """End `run`, which another thread is in, or will be, and wait until it has ended."""
        self._stopping.set()
        self._wake_up()
        self._stopped.wait()

    def close(self) -> None:
        """Close all connections; whoever answers one fails, and closes it then."""
        with self._closing:
            self._is_closed = True
            for connection in self._answered:
                connection.cut()
            for connection in [*self._waiting, *(found for found, _ in [*self._asking, *self._done])]:
                connection.close()
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def _care(self) -> float | None:
        """Do what is due; return the seconds until something else is, None where nothing will be."""
        now = monotonic()
        while self._waiting and (first := next(iter(self._waiting))).since + times.HEAD_TIME <= now:
            self._drop(first)
        while self._count() > self._most() and self._make_room():
            pass
        while self._asking and len(self._answered) < self._limits.answers:
            self._start(*self._asking.popleft())
        if self._asking:
            for connection in [found for found in self._answered if found.is_stalled(now)][: len(self._asking)]:
                connection.cut()
        if self._listens_again and (self._listens_again <= now or (self._awaits_room and self._has_room())):
            self._listen()
        if self._asking or self._listens_again:
            return _RETRY
        return next(iter(self._waiting)).since + times.HEAD_TIME - now if self._waiting else None

    # Accepting

    def _accept(self) -> None:
        if not self._has_room():
            self._warn_once(f"{self._count()} clients are connected, {self._limits.reason}")
            if not self._make_room():
                self._pause(awaits_room=True)
                return
        try:
            client, _ = self._listening.accept()
        except OSError as error:
            if error.errno in _EXHAUSTED:
                self._warn_once(f"{error.strerror}: {self._count()} clients are connected")
                self._become_scarce()
            return  # else the client is gone already
        try:
            self._wait(Connection(client))
        except OSError:
            client.close()

    def _become_scarce(self) -> None:
        """Keep fewer connections than fit for a while: what is read to answer takes descriptors, too."""
        self._scarce_until, self._most_while_scarce = monotonic() + _SCARCE, max(1, self._count() // 2)
        self._pause(awaits_room=False)

    def _listen(self) -> None:
        self._listens_again = 0.0
        self._selector.register(self._listening, selectors.EVENT_READ, self._accept)

    def _pause(self, awaits_room: bool) -> None:
        """Leave new clients in the system's queue for a while: select() would return at once, again and again."""
        self._listens_again, self._awaits_room = monotonic() + _RETRY, awaits_room
        self._selector.unregister(self._listening)

    def _count(self) -> int:
        return len(self._waiting) + len(self._asking) + len(self._answered)

    def _most(self) -> int:
        return self._most_while_scarce if monotonic() < self._scarce_until else self._limits.connections

    def _has_room(self) -> bool:
        return self._count() < self._most()

    def _make_room(self) -> bool:
        """Drop the connection that has waited longest for a request; return whether there was one to drop."""
        first = next(iter(self._waiting), None)
        if first is None or first.since + times.IDLE_GRACE > monotonic():
            return False
        self._drop(first)
        return True

    def _warn_once(self, reason: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            self._warn(f"warning: {reason}: new ones wait, or take the place of idle ones")

    # From one request to the next

    def _wait(self, connection: Connection) -> None:
        """Wait for the next request; it may be here already."""
        connection.await_request()
        if not connection.is_ending and self._take(connection):
            return
        self._waiting[connection] = None
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._receive(connection))

    def _receive(self, connection: Connection) -> None:
        if connection not in self._waiting:  # it was dropped a moment ago, for another one's sake
            return
        try:
            data = connection.receive()
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
        elif not connection.is_ending:
            connection.reader.feed(data)
            if self._take(connection):
                self._forget(connection)

    def _take(self, connection: Connection) -> bool:
        """Queue what the connection asks for a thread; return whether it asks for something."""
        try:
            request: Request | BadRequest | None = connection.reader.take()
        except BadRequest as error:
            request = error
        if request:
            self._asking.append((connection, request))
        return bool(request)

    def _start(self, connection: Connection, request: Request | BadRequest) -> None:
        self._answered.add(connection)
        try:
            threading.Thread(target=self._run_answer, args=(connection, request), daemon=True).start()
        except RuntimeError:  # no thread to be had
            self._answered.remove(connection)
            self._warn_once("the system has no more threads")
            connection.close()

    def _run_answer(self, connection: Connection, request: Request | BadRequest) -> None:
        stays = False
        try:
            stays = self._answer(connection, request)
        finally:
            with self._closing:
                self._done.append((connection, stays))
                if self._is_closed:
                    connection.close()
            self._wake_up()

    def _take_back(self) -> None:
        """Go on with the connections whose requests are answered."""
        with suppress(BlockingIOError):
            self._woken.recv(1 << 16)
        while self._done:
            connection, stays = self._done.popleft()
            self._answered.remove(connection)
            if not stays:
                connection.end()
            try:
                self._wait(connection)
            except OSError:
                connection.close()

    def _wake_up(self) -> None:
        with suppress(OSError):  # closed, or full of what wakes it already
            self._wake.send(b"\0", socket.MSG_DONTWAIT)

    def _forget(self, connection: Connection) -> None:
        self._selector.unregister(connection)
        del self._waiting[connection]

    def _drop(self, connection: Connection) -> None:
        self._forget(connection)
        connection.close()
