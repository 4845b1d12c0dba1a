"""The registry over HTTP/1.1: a thread for each client, layers streamed from the store while they are read.

Who may reach it: on 127.0.0.1, where it listens unless told otherwise, every user of this machine, who can read
the same files in /nix/store anyway. A web page in a browser of this machine could, too, under a name of its own that
it lets point to 127.0.0.1 (DNS rebinding); so there a name in the Host header has to be one of this machine's.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

from ..errors import InvalidInput, NixdockError
from ..layers.buffers import Block
from .blobs import Blob
from .byte_range import PartWriter, Unsatisfiable, parse_range
from .registry import Answer, Registry, problem
from .served_image import ServedImage

# How long a client may send or take nothing. A push waits that long where the far registry is slow to commit a blob.
_PATIENCE = 300.0
_PIECE = 1 << 18
_LOOK = 0.005  # seconds between two looks whether a server is to end: as long as its end may take
# The names by which containers and virtual machines on this machine know its loopback.
_NAMES_OF_THIS_MACHINE = ("localhost", "host.docker.internal", "host.containers.internal")


class Listener:
    """Told what happens while an image moves, by several threads. This one does not care."""

    def begun(self, image: ServedImage) -> None:
        """This is what clients can have now."""

    def compressed(self, count: int) -> None:
        """So many more bytes of layers are compressed, counted as they were before."""

    def sent(self, blob: Blob, count: int) -> None:
        """So many more bytes of a blob are on their way to a client."""

    def archived(self, count: int) -> None:
        """So many more bytes of an archive, which holds the whole image, are on their way to a client."""

    def note(self, text: str) -> None:
        """Something that whoever waits wants to know."""

    def failed(self, error: NixdockError) -> None:
        """A client did not get what it asked for, through no fault of its own."""


class RegistryServer(ThreadingTCPServer):
    """Listens when it is made; `serve_forever` answers.

    reached: whether anybody has asked for anything yet. failure: why a client did not get what it asked for.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, registry: Registry, host: str, port: int, listener: Listener) -> None:
        self.registry = registry
        self.listener = listener
        self.reached = False
        self.failure: NixdockError | None = None
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InvalidInput(f"cannot listen ({reason})", f"{host}:{port}", "--port 0 takes a free one") from error
        self.local_only = is_loopback(self.server_address[0])

    @property
    def address(self) -> str:
        """HOST:PORT, as references begin with it."""
        host, port = self.server_address[:2]
        return f"[{host!s}]:{port}" if ":" in str(host) else f"{host!s}:{port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Called where a thread's error is being handled. A client that vanished is none of ours."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError):
            self.fail(NixdockError(f"{type(error).__name__}: {error}", "the registry", "report this"))

    def fail(self, error: NixdockError) -> None:
        """Note why a client does not get what it asked for."""
        self.failure = error
        self.listener.failed(error)


def is_loopback(host: object) -> bool:
    """Whether an address is reached from this machine alone."""
    return ipaddress.ip_address(str(host)).is_loopback


@contextmanager
def running(registry: Registry, listener: Listener) -> Iterator[RegistryServer]:
    """A server on a free port of 127.0.0.1 while the block runs."""
    with RegistryServer(registry, "127.0.0.1", 0, listener) as server:
        thread = threading.Thread(target=server.serve_forever, args=(_LOOK,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    """One connection: request after request until it is closed."""

    server: RegistryServer
    protocol_version = "HTTP/1.1"
    # Also for what is no request: a client that tries TLS first learns from a status line that this is HTTP.
    default_request_version = "HTTP/1.1"
    timeout = _PATIENCE
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.server.reached = True
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body that nobody reads would be taken for the next request
        if refused := self._refusal():
            self._send(refused)
        else:
            self._send_wanted(self.server.registry.answer(self.path))

    do_HEAD = do_GET

    def do_POST(self) -> None:
        self.close_connection = True
        self._send(problem(405, "UNSUPPORTED", "this registry is read-only", Allow="GET, HEAD"))

    do_PUT = do_PATCH = do_DELETE = do_POST

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself finds wrong with a request, in the registry's form."""
        self.close_connection = True
        self._send(problem(code, "UNSUPPORTED", message or self.responses[code][0]))

    def version_string(self) -> str:
        """The Server header: not which Python this is."""
        return "nixdock"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the listener is told what matters."""

    def _refusal(self) -> Answer | None:
        hosts = self.headers.get_all("Host", [])
        if len(hosts) > 1 or (not hosts and self.request_version != "HTTP/1.0"):
            return problem(400, "UNSUPPORTED", "a request names exactly one Host")
        if self.server.local_only and hosts and not _names_this_machine(hosts[0]):
            return problem(403, "DENIED", "this registry answers under names of its own machine only")
        # A browser says this for what a web page asks; it could have images built without seeing the answer.
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return problem(403, "DENIED", "this registry does not answer to other sites' pages")
        return None

    def _send_wanted(self, answer: Answer) -> None:
        """Send an answer, or of a blob only what the request's conditions and range leave (RFC 9110, 13 and 14)."""
        tag, known = _entity_tag(answer), self.headers.get("If-None-Match", "")
        if not tag:
            self._send(answer)
        elif tag in known or known == "*":
            self._send(Answer(304, answer.body, answer.headers), range(0))
        elif self.headers.get("If-Range", tag) != tag:
            self._send(answer)
        else:
            self._send_range(answer)

    def _send_range(self, answer: Answer) -> None:
        size = answer.body.descriptor.size
        try:
            part = parse_range(self.headers.get("Range"), size)
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
        if self.command == "HEAD" or not part:
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
            writer.finish()
        except NixdockError as error:
            self.close_connection = True
            self.server.fail(error)
            if not begun:
                self._send(problem(500, "UNKNOWN", str(error)))

    def _send_head(self, answer: Answer, part: range) -> None:
        self.send_response(answer.status)
        headers = {"Docker-Distribution-API-Version": "registry/2.0", **answer.headers}
        if answer.status != 304:
            headers |= {"Content-Type": answer.body.descriptor.media_type, "Content-Length": str(len(part))}
        if tag := _entity_tag(answer):
            headers |= {"ETag": tag, "Accept-Ranges": "bytes"}
        if self.close_connection:
            headers["Connection"] = "close"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_body(self, body: Blob, piece: Block) -> None:
        """Send a piece in parts: a slow client has `_PATIENCE` for each of them, not for the whole."""
        view = memoryview(piece)
        while view:
            count = self.connection.send(view[:_PIECE])
            self.server.listener.sent(body, count)
            view = view[count:]


def _entity_tag(answer: Answer) -> str:
    """The ETag of content that its URL names; other answers have none."""
    return f'"{answer.headers["Docker-Content-Digest"]}"' if "Docker-Content-Digest" in answer.headers else ""


def _names_this_machine(host: str) -> bool:
    """Whether a Host header is an address, or a name that no stranger can own."""
    name = host.partition("]")[0][1:] if host.startswith("[") else host.partition(":")[0]
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.lower() in _NAMES_OF_THIS_MACHINE or name.lower().endswith(".localhost")
    return True
