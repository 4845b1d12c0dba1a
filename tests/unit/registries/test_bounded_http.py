"""Servers that send anything but what HTTP servers send, byte by byte."""

from __future__ import annotations

import http.client
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from itertools import repeat
from pathlib import Path

import pytest

from nixdock_hook.registries import bounded_answers
from nixdock_hook.registries.bounded_answers import BadAnswer, checked_url
from nixdock_hook.registries.bounded_http import Asker, Refused
from tests.support.tools import need

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def server(pieces: Iterable[bytes], context: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that says the same to everybody, until they hang up; gives its HOST:PORT."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with suppress(OSError), context.wrap_socket(connection, True) if context else connection as talk:
                    talk.recv(1 << 16)
                    for piece in pieces:
                        talk.sendall(piece)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def asker() -> Asker:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return Asker(context, {})


def body(pieces: Iterable[bytes], most: int = 1000) -> bytes:
    """What a server says, of which `most` bytes are expected, read as far as one more."""
    found = b""
    with server(pieces) as place, asker().ask(f"http://{place}/", most) as answer:
        while piece := answer.read(most + 1 - len(found)):
            found += piece
    return found


def redirect(location: str, status: int = 307) -> list[bytes]:
    return [f"HTTP/1.1 {status} There\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode("latin-1")]


@pytest.mark.parametrize(
    "pieces",
    [
        [OK, b"Content-Length: 4\r\n\r\nbody"],
        [OK, b"\r\nbody"],
        [CHUNKED, b"4\r\nbody\r\n0\r\n\r\n"],
        [CHUNKED, b"2;x=y\r\nbo\r\n2\r\ndy\r\n0\r\nTrailer: x\r\n\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n", OK, b"\r\nbody"],
    ],
)
def test_right_answers(pieces: list[bytes]) -> None:
    assert body(pieces) == b"body"


@pytest.mark.parametrize(
    "pieces",
    [
        [b"garbage\r\n\r\n"],
        [b"HTTP/9.9.9 -1 x\r\n\r\n"],
        [b"HTTP/1.1 200 " + b"x" * 70_000],
        [OK, *repeat(b"Name: value\r\n", 200)],
        [CHUNKED, b"x\r\nbody"],
        [CHUNKED, b"-1\r\n", *repeat(bytes(1 << 16), 100)],
        [CHUNKED, b"-5\r\nbody"],
        [CHUNKED, b"9" * 70_000],
        [CHUNKED, b"ff\r\nbody"],
        [OK, b"Content-Length: 9\r\n\r\nbody"[:-4]],
    ],
)
def test_answers_that_make_no_sense_are_refused_or_shorter(pieces: list[bytes]) -> None:
    with suppress(HTTPException, ValueError):
        assert body(pieces) == b""


def test_what_has_no_end_is_read_as_far_as_its_bound() -> None:
    with pytest.raises(BadAnswer, match="more than 1050576 bytes"):
        body([CHUNKED, *repeat(b"1;" + b"x" * 60_000 + b"\r\nb\r\n", 1000)])


@pytest.mark.parametrize(
    ("pieces", "counted"),
    [
        ([b"HTTP/1.1 100 Continue\r\n\r\n" * 1000], "interim responses"),
        ([CHUNKED, b"4\r\nbody\r\n0\r\n", b"Trailer: x\r\n" * 1000], "trailers"),
    ],
)
def test_what_newer_pythons_count_themselves(pieces: list[bytes], counted: str) -> None:
    """Those end at 100 of them, the others at our bound."""
    *first, last = pieces
    counts = hasattr(http.client, "_MAXINTERIMRESPONSES")
    refused, words = (
        (HTTPException, f"^got more than 100 {counted}$") if counts else (BadAnswer, "more than 1050576 bytes")
    )
    with pytest.raises(refused, match=words):
        body([*first, *repeat(last, 1000)])


def test_a_body_without_an_end_is_read_as_far_as_it_is_asked_for() -> None:
    assert body([OK, b"\r\n", *repeat(b"x" * 1000, 10_000)]) == b"x" * 1001


def test_an_answer_that_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_answers, "_GRACE", 0.0)
    monkeypatch.setattr(bounded_answers, "_LEAST_PACE", 1 << 60)
    with pytest.raises(TimeoutError, match="slower than 1152921504606846976 bytes a second"):
        body([OK, b"\r\nbody"])


@pytest.mark.parametrize(
    "location",
    ["/a", "b", "", "http:", "http:///x", "//", "//127.0.0.1:{port}/x", "http://127.0.0.1:{port}/ü?a b"],
)
def test_redirects_in_a_circle(location: str) -> None:
    found: list[bytes] = []
    with server(found) as place:
        found += redirect(location.format(port=place.rpartition(":")[2]))
        with pytest.raises(BadAnswer, match="more than 10 redirects"):
            asker().ask(f"http://{place}/", 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        *("http://[::1", "file:///etc/passwd", "ftp://127.0.0.1/", "data:,x"),
        *("http://127.0.0.1:port/", "http://127.0.0.1:99999/", "javascript:x", "unix:/run/x", "HTTPX://a/"),
    ],
)
def test_redirects_to_nowhere(location: str, status: int) -> None:
    with server(redirect(location, status)) as place, pytest.raises(BadAnswer, match="is no URL"):
        asker().ask(f"http://{place}/", 1)


def test_a_redirect_whose_body_has_no_end_is_not_read() -> None:
    endless = [b"HTTP/1.1 307 There\r\nLocation: ftp://x/\r\n\r\n", *repeat(bytes(1 << 16), 1000)]
    with server(endless) as place, pytest.raises(BadAnswer, match="is no URL"):
        asker().ask(f"http://{place}/", 1)


def test_other_statuses_are_errors() -> None:
    with server([b"HTTP/1.1 304 Not Modified\r\n\r\n"]) as place, pytest.raises(Refused) as caught:
        asker().ask(f"http://{place}/", 1)
    assert caught.value.answer.status == 304


def test_from_https_no_redirect_leads_to_http(tmp_path: Path) -> None:
    pem = tmp_path / "pem"
    words = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
        "-keyout",
        str(pem),
    ]
    subprocess.run([need("openssl"), *words, "-out", tmp_path / "cert"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", pem)
    with (
        server([OK, b"\r\nbody"]) as plain,
        server(redirect(f"http://{plain}/"), context) as place,
        pytest.raises(BadAnswer, match=f"a redirect from https to 'http://{plain}/'"),
    ):
        asker().ask(f"https://{place}/", 4)
    with server(redirect("/again"), context) as place, pytest.raises(BadAnswer, match="more than 10 redirects"):
        asker().ask(f"https://{place}/", 4)


def test_addresses_are_quoted() -> None:
    assert (
        checked_url("http://registry.example/a b\r\nc?d=%20ü[1]") == "http://registry.example/a%20b%0D%0Ac?d=%20%FC[1]"
    )
