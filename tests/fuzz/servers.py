"""HTTP from both sides: requests to our registry, and answers of a registry to our client."""

from __future__ import annotations

import atexit
import hashlib
import os
import socket
import threading
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp

from nixdock_hook.errors import NixdockError
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.registries import client as blob_client
from nixdock_hook.registries.access import Access, trust
from nixdock_hook.registries.client import BlobClient
from nixdock_hook.serving.answers import Registry
from nixdock_hook.serving.byte_range import Unsatisfiable, parse_range
from nixdock_hook.serving.server import RegistryServer, running
from nixdock_hook.sinks.listener import Listener
from nixdock_hook.sinks.served_image import ServedImage, served_image
from tests.support.images import layer
from tests.support.recipes import recipe, tar_layer

from . import mutate
from .engine import Files, Target

_TARGETS = [
    *(
        "/v2/",
        "/v2/_catalog?n=1&last=a",
        "/v2/app/tags/list",
        "/v2/app/manifests/1",
        "/v2/app/manifests/sha256:" + "0" * 64,
    ),
    *("/v2/app/blobs/DIGEST", "/v2/app/referrers/DIGEST", "/", "/v2/%61pp/manifests/1", "http://127.0.0.1/v2/"),
]
_HEADERS = [
    *(
        "Host: 127.0.0.1",
        "Range: bytes=0-1",
        "Range: bytes=-5",
        "Range: bytes=5-1",
        "If-None-Match: *",
        "Content-Length: 0",
    ),
    *(
        "Accept: */*",
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        "Connection: close",
        "If-Range: x",
        "Origin: null",
    ),
]
_VERSIONS = ["1.1", "1.1", "1.1", "1.1", "1.0", "0.9", "2.0", "x"]
_METHODS = ["GET", "GET", "GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "", "PRI"]
_GAP = 0.2  # seconds after which an answer has come that was to come
_DATA = b"a layer" * 100
_DIGEST = f"sha256:{hashlib.sha256(_DATA).hexdigest()}"
_HEADS = [
    *(
        "HTTP/1.1 200 OK",
        "HTTP/1.0 200",
        "HTTP/1.1 307 There",
        "HTTP/1.1 401 No",
        "HTTP/1.1 100 Continue",
        "HTTP/1.1 204 x",
    ),
    *("HTTP/1.1 404 Not Found", "HTTP/1.1 999 x", "HTTP/9 x", "ICY 200 OK", "", "HTTP/1.1 206 x", "HTTP/1.1 429 x"),
]
_ANSWER_HEADERS = [
    *(
        "Content-Length: 700",
        "Content-Length: -1",
        "Content-Length: x",
        "Transfer-Encoding: chunked",
        "Connection: close",
    ),
    *(
        "Location: /x",
        "Location: http://[::1",
        "Location: file:///etc/passwd",
        "Location: http://127.0.0.1:1/",
        "Location:",
    ),
    *(
        'WWW-Authenticate: Bearer realm="http://127.0.0.1:1/t",service="x"',
        'WWW-Authenticate: Bearer realm="file:///x"',
    ),
    *(
        'WWW-Authenticate: Basic realm="x"',
        "WWW-Authenticate: " + "a" * 60_000,
        "Content-Encoding: gzip",
        "Set-Cookie: a",
    ),
]


# To read the machine's certificates takes a hundred times as long as an answer.
_TRUST = trust(Access())
blob_client.trust = lambda *_, **__: _TRUST  # type: ignore[attr-defined]


@cache
def image() -> ServedImage:
    """A served image of one small layer; its files stay as long as the process."""
    top = Path(mkdtemp(prefix="nixdock-fuzz."))
    stack = ExitStack()
    atexit.register(stack.close)
    contents = stack.enter_context(layer_contents())
    return served_image(recipe(tar_layer(top / "layer.tar", layer({"a": b"a"}))), "app:1", contents)


class _Failures(Listener):
    def __init__(self) -> None:
        self.errors: list[NixdockError] = []

    def failed(self, error: NixdockError) -> None:
        self.errors.append(error)


@cache
def server(process: int) -> tuple[RegistryServer, _Failures]:
    """A server of this process's own, which ends with it."""
    failures, stack = _Failures(), ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running(Registry([image()]), failures)), failures


def request(random: Random) -> Files:
    """A request, or several behind one another."""
    parts = []
    for _ in range(random.choice((1, 1, 1, 2))):
        target = random.choice(_TARGETS).replace("DIGEST", next(iter(image_digests())))
        line = f"{random.choice(_METHODS)} {target} HTTP/{random.choice(_VERSIONS)}"
        if random.random() < 0.3:
            line = mutate.text(random, line)
        headers = ["Host: 127.0.0.1", *random.sample(_HEADERS, random.randrange(4))]
        if random.random() < 0.4:
            headers = mutate.several(random, _line, headers)
        parts.append("\r\n".join([line, *headers, "", ""]))
    data = "".join(parts).encode("utf-8", "surrogatepass")
    return {"request": mutate.raw(random, data) if random.random() < 0.3 else data}


def _line(random: Random, lines: list[str]) -> list[str]:
    index = random.randrange(len(lines))
    return [*lines[:index], mutate.text(random, lines[index]), *lines[index + 1 :]]


@cache
def image_digests() -> tuple[str, ...]:
    """Fixed digests: an input may not depend on a process."""
    return (_DIGEST,)


def check_request(directory: Path) -> str:
    """Send it; what comes begins as an answer does (but HTTP/0.9's have no head), and the server goes on."""
    listening, failures = server(os.getpid())
    before = len(failures.errors)
    answer = _talk(listening.server_address[1], (directory / "request").read_bytes())
    first = (directory / "request").read_bytes().lstrip(b"\r\n").partition(b"\n")[0]
    if answer and not answer.startswith(b"HTTP/1.1 ") and b"HTTP/1" in first:
        raise AssertionError(f"no answer: {answer[:50]!r}")
    if failures.errors[before:]:
        raise AssertionError(f"failed: {failures.errors[-1]}")
    right = b"GET /v2/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    if not _talk(listening.server_address[1], right, 30).startswith(b"HTTP/1.1 200 "):
        raise AssertionError("the server is gone")
    return answer[9:12].decode(errors="replace") or "nothing"


def _talk(port: int, data: bytes, patience: float = _GAP) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as connection, suppress(OSError):
        connection.settimeout(patience)
        answer = b""
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while len(answer) < 1 << 20 and (piece := connection.recv(1 << 16)):
            answer += piece
    return answer


def target(random: Random) -> Files:
    """The target of a request, and a range."""
    asked = mutate.several(random, mutate.text, random.choice(_TARGETS))
    part = mutate.several(random, mutate.text, "bytes=0-5")
    return {"target": asked.encode("latin-1", "replace"), "range": part.encode("latin-1", "replace")}


def check_target(directory: Path) -> str:
    """Answer without a socket in between: thousands a second."""
    asked = (directory / "target").read_bytes().decode("latin-1")  # as http.server reads it
    answer = Registry([image()]).answer(asked)
    with suppress(Unsatisfiable):
        part = parse_range((directory / "range").read_bytes().decode("latin-1"), 100)
        if part is not None and not 0 <= part.start < part.stop <= 100:
            raise AssertionError(f"a range beyond the end: {part}")
    return str(answer.status)


def answer(random: Random) -> Files:
    """What a registry says to each of our questions."""
    head = [random.choice(_HEADS), *random.sample(_ANSWER_HEADERS, random.randrange(4))]
    body = random.choice(
        (_DATA, _DATA[:-1], _DATA + b"x", b"2bc\r\n" + _DATA + b"\r\n0\r\n\r\n", b'{"token": "t"}', b"", b"-1\r\nx")
    )
    data = "\r\n".join([*head, "", ""]).encode() + body
    return {"answer": mutate.several(random, mutate.raw, data) if random.random() < 0.5 else data}


def check_answer(directory: Path) -> str:
    """Fetch a blob from who answers so."""
    data = (directory / "answer").read_bytes()
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_say, args=(listening, data), daemon=True)
    thread.start()
    pieces: list[bytes] = []
    try:
        name = f"127.0.0.1:{listening.getsockname()[1]}/team/app"
        BlobClient(name, Access(tls_verify=False)).fetch(_DIGEST, len(_DATA), pieces.append)
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
    if b"".join(pieces) != _DATA:
        raise AssertionError("another blob")
    return "the blob"


def _say(listening: socket.socket, data: bytes) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            connection.settimeout(5)
            if connection.recv(1 << 16)[:1] != b"\x16":  # TLS is asked for first
                connection.sendall(data)


SERVERS = [
    Target("requests", request, check_request),
    Target("targets", target, check_target),
    Target("answers", answer, check_answer),
]
