"""The registry over HTTP/1.1: layers are streamed from the store while they are read."""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from ..errors import InvalidInput, NixdockError
from ..layers.buffers import Block
from ..sinks.blobs import Blob, Document
from ..sinks.listener import Listener
from . import connection_limits as times
from .answers import Answer, Registry, problem
from .byte_range import PartWriter, Unsatisfiable, parse_range
from .client_connection import Connection
from .connection_limits import Limits, own_limits
from .connections import Connections
from .http_requests import BadRequest, Request
from .visitors import refusal

_PIECE = 1 << 18
_BACKLOG = 1024  # clients that the system lets wait; it has a limit of its own
# What the specification of HTTP has, and a read-only registry has not.
_WRITING = ("POST", "PUT", "PATCH", "DELETE")
_UNPRINTABLE = re.compile(r"[^\t\x20-\x7e]")


class RegistryServer:
    """Listens when it is made; `serve_forever` answers.

    names: under which it answers besides this machine's own. reached: True once a client has asked for something.
    given: digests of the blobs that a client has got to their end. failure: why one did not get what it asked for.
    listening: takes the place of host and port. Raises InvalidInput where it cannot listen.
    """

    def __init__(
        self,
        registry: Registry,
        host: str,
        port: int,
        listener: Listener,
        names: Collection[str] = (),
        limits: Limits | None = None,
        listening: socket.socket | None = None,
    ) -> None:
        self.registry = registry
        self.listener = listener
        self.names = names
        self.reached = False
        self.given: set[str] = set()
        self.failure: NixdockError | None = None
        self._socket = listening or _listening(host, port)
        self.server_address: tuple[str, int] = self._socket.getsockname()[:2]
        self.local_only = is_loopback(self.server_address[0])
        self._connections = Connections(self._socket, limits or own_limits(), self._answer, listener.note)

    def __enter__(self) -> RegistryServer:
        return self

    def __exit__(self, *error: object) -> None:
        self._connections.close()
        self._socket.close()

    @property
    def address(self) -> str:
        """HOST:PORT, as references begin with it."""
        host, port = self.server_address
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def serve_forever(self) -> None:
        """Answer until another thread calls `shutdown`."""
        self._connections.run()

    def shutdown(self) -> None:
        """End `serve_forever`, and wait until it has ended."""
        self._connections.stop()

    def fail(self, error: NixdockError) -> None:
        """Note why a client does not get what it asked for."""
        self.failure = error
        self.listener.failed(error)

    def _answer(self, connection: Connection, request: Request | BadRequest) -> bool:
        exchange = _Exchange(self, connection, request)
        try:
            exchange.answer()
        except (ConnectionError, TimeoutError):  # the client vanished, or takes nothing
            return False
        except Exception as error:
            self.fail(NixdockError(f"{type(error).__name__}: {error}", "the registry", "report this"))
            return False
        return exchange.is_followed


def _listening(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or str(error)
        is_taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        remedy = "--port 0 takes a free one" if is_taken else "give an address of this machine, and a port below 65536"
        raise InvalidInput(f"cannot listen ({reason})", f"{host}:{port}", remedy) from error
    return listening


def is_loopback(host: object) -> bool:
    """Tell whether an address is reached from this machine alone."""
    return ipaddress.ip_address(str(host)).is_loopback


@contextmanager
def running(registry: Registry, listener: Listener, listening: socket.socket | None = None) -> Iterator[RegistryServer]:
    """Run a server on a free port of 127.0.0.1, or at a socket that listens already, while the block runs."""
    with RegistryServer(registry, "127.0.0.1", 0, listener, listening=listening) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()


class _Exchange:
    """One request, and its answer. is_followed: whether the connection stays for another one."""

    def __init__(self, server: RegistryServer, connection: Connection, request: Request | BadRequest) -> None:
        self.is_followed = isinstance(request, Request) and request.is_followed
        self._server = server
        self._connection = connection
        self._request = request

    def answer(self) -> None:
        match self._request:
            case BadRequest(status=status, message=message):
                self._send(problem(status, "UNSUPPORTED", message))
            case Request(method="GET" | "HEAD") as request:
                self._server.reached = True
                if refused := refusal(request, self._server.names):
                    self._send(problem(403, "DENIED", refused))
                else:
                    self._send_wanted(request, self._server.registry.answer(request.target, self._connection.is_gone))
            case Request(method=method):
                self.is_followed = False
                status = 405 if method in _WRITING else 501
                self._send(problem(status, "UNSUPPORTED", "this registry is read-only", Allow="GET, HEAD"))

    def _send_wanted(self, request: Request, answer: Answer) -> None:
        """Send an answer, or of a blob only what the request's conditions and range leave (RFC 9110, 13 and 14)."""
        tag, known = _entity_tag(answer), request.header("if-none-match")
        if not tag:
            self._send(answer)
        elif tag in known or known == "*":
            self._send(Answer(304, answer.body, answer.headers), range(0))
        elif request.header("if-range", tag) != tag:
            self._send(answer)
        else:
            self._send_range(answer, request.header("range"))

    def _send_range(self, answer: Answer, wanted: str) -> None:
        size = answer.body.descriptor.size
        try:
            part = parse_range(wanted, size)
        except Unsatisfiable:
            about = {"Content-Range": f"bytes */{size}"}
            self._send(problem(416, "RANGE_INVALID", f"the blob has {size} bytes", **about))
            return
        if part is None:
            self._send(answer)
        else:
            about = {"Content-Range": f"bytes {part.start}-{part.stop - 1}/{size}"}
            self._send(Answer(206, answer.body, {**answer.headers, **about}), part)

    def _send(self, answer: Answer, part: range | None = None) -> None:
        """Send an answer with a part of its body. What cannot be sent to its end is cut, never completed."""
        part = range(answer.body.descriptor.size) if part is None else part
        if (isinstance(self._request, Request) and self._request.method == "HEAD") or not part:
            self._send_head(answer, part)
            return
        begun = False

        def send(piece: Block) -> None:
            nonlocal begun
            if not begun:
                self._send_head(answer, part)
                begun = True
            self._send_body(answer.body, piece)

        writer = PartWriter(send, part)
        try:
            answer.body.write(writer.write)
            if part.stop == answer.body.descriptor.size:
                self._server.given.add(answer.body.descriptor.digest)  # now: at its end the client goes on
            writer.finish()
        except NixdockError as error:
            self.is_followed = False
            self._server.fail(error)
            if not begun:
                self._send(problem(500, "UNKNOWN", str(error)))

    def _send_head(self, answer: Answer, part: range) -> None:
        headers = {"Server": "nixdock", "Date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())}
        headers |= {"Docker-Distribution-API-Version": "registry/2.0", **answer.headers}
        if answer.status != 304:
            headers |= {"Content-Type": answer.body.descriptor.media_type, "Content-Length": str(len(part))}
        if tag := _entity_tag(answer):
            headers |= {"ETag": tag, "Accept-Ranges": "bytes"}
        if not self.is_followed:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
        # A media type may be another registry's word: it ends no line.
        lines += [f"{name}: {_UNPRINTABLE.sub('?', value)}" for name, value in headers.items()]
        data = memoryview("\r\n".join([*lines, "", ""]).encode())
        while data:
            data = data[self._connection.send(data, times.SEND_TIME) :]

    def _send_body(self, body: Blob, piece: Block) -> None:
        """Send a piece in parts: a slow client has its time for each of them, not for the whole."""
        patience = times.SEND_TIME if isinstance(body, Document) else times.BLOB_TIME
        view = memoryview(piece)
        while view:
            count = self._connection.send(view[:_PIECE], patience)
            self._server.listener.sent(body.descriptor, count)
            view = view[count:]


def _entity_tag(answer: Answer) -> str:
    """The ETag of content that its URL names; other answers have none."""
    return f'"{answer.headers["Docker-Content-Digest"]}"' if "Docker-Content-Digest" in answer.headers else ""
