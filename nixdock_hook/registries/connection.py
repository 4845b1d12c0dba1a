"""Connections to servers, kept alive: one for each origin, asked by one thread."""

from __future__ import annotations

import select
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, unquote, urlsplit

from .access import port_of, proxy_for
from .bounded_answers import bound_answers
from .content import Content, InMemory, pieces

_CONNECTING = 30.0
"""Seconds for a connection to come about: as Go's client, thus docker and skopeo, waits."""
_SILENCE = 300.0
"""Seconds to wait for a byte, or for the other side to take one: a registry reads a large blob again, for its digest or
on its way to where it is kept, before it answers."""
_STREAM_SILENCE = 60.0
"""Seconds to wait for a byte of an answer that is read piece by piece: it is there, and only has to be sent."""
_LAST_WORDS = 5.0
"""Seconds to wait for the answer of a server that takes no more of what is sent: it came before, or never does."""

MOST_ANSWER = 8 << 20
"""Bytes of a body. Registries take manifests and configs of 4 MiB."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request. `told` is told how many more bytes of the content are on their way."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Content | None = None
    told: Callable[[int], object] = bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the URL that was asked, status, headers and the whole body."""

    url: str
    status: int
    headers: Message
    body: bytes


class Connections:
    """Asks one question after the other.

    trust: the TLS context for a host (HOST[:PORT]). environment: with the proxies.
    """

    def __init__(self, trust: Callable[[str], ssl.SSLContext], environment: Mapping[str, str]) -> None:
        self._trust = trust
        self._environment = environment
        self._open: dict[tuple[str, str], HTTPConnection] = {}
        self._answered: set[tuple[str, str]] = set()
        self._keeps_none: set[tuple[str, str]] = set()

    def has_answered(self, url: str) -> bool:
        """Tell whether the server of a URL has ever answered."""
        return _key(urlsplit(url)) in self._answered

    def close(self) -> None:
        """Close the connections; those of the process that this one was forked from stay open there."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def ask(self, question: Question) -> Answer:
        """Ask, on a new connection where the one that was kept has been closed meanwhile.

        Raises OSError where no answer comes, HTTPException where it makes no sense.
        """
        parts = urlsplit(question.url)
        kept = self._open.pop(_key(parts), None)
        if kept and (_is_over(kept) or _key(parts) in self._keeps_none):
            kept.close()
            kept = None
        if kept and question.content:
            try:
                return self._talk(kept, parts, question)
            except (ConnectionError, HTTPException):  # of an upload somebody else has to know that it broke off
                self._keeps_none.add(_key(parts))  # maybe it closes each connection after an answer, a moment later
                raise
        if kept:
            with suppress(ConnectionError, HTTPException):
                return self._talk(kept, parts, question)
        return self._talk(self._connect(parts), parts, question)

    def stream(self, question: Question, most: int) -> HTTPResponse:
        """Ask on a connection of its own, which ends with the answer; who asks reads that, and closes it.

        most: bytes of its body. Raises as `ask`; what is read of the answer may raise the same.
        """
        parts = urlsplit(question.url)
        connection = self._connect(parts)
        bound_answers(connection, most)
        connection.sock.settimeout(_STREAM_SILENCE)
        question = replace(question, headers={**question.headers, "Connection": "close"})
        try:
            response = self._asked(connection, parts, question)
        except BaseException:
            connection.close()
            raise
        if connection.sock:  # the server would keep it; the answer has it open
            connection.sock.close()
        return response

    def _asked(self, connection: HTTPConnection, parts: SplitResult, question: Question) -> HTTPResponse:
        target, more = self._target(parts)
        return _answer(connection, target, replace(question, headers={**question.headers, **more}))

    def _talk(self, connection: HTTPConnection, parts: SplitResult, question: Question) -> Answer:
        bound_answers(connection, MOST_ANSWER, _SILENCE)
        try:
            response = self._asked(connection, parts, question)
            body = response.read(MOST_ANSWER + 1)
        except BaseException:
            connection.close()
            raise
        if response.will_close or len(body) > MOST_ANSWER:
            connection.close()
        else:
            self._open[_key(parts)] = connection
        self._answered.add(_key(parts))
        return Answer(question.url, response.status, response.headers, body)

    def _target(self, parts: SplitResult) -> tuple[str, Mapping[str, str]]:
        """What stands in the request line, and headers: of a proxy for http the whole URL is asked."""
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if parts.scheme == "http" and (proxy := self._proxy(parts)):
            return f"http://{parts.netloc}{path}", _login_to(proxy)
        return path, {}

    def _connect(self, parts: SplitResult) -> HTTPConnection:
        proxy = self._proxy(parts)
        place = proxy or parts
        # The port is always said: http.client would take the end of an address of version 6 for one.
        host, port = place.hostname or "", port_of(place)
        connection = HTTPConnection(host, port, timeout=_CONNECTING)
        if parts.scheme == "https":
            connection = HTTPSConnection(host, port, timeout=_CONNECTING, context=self._trust(parts.netloc))
            if proxy:
                connection.set_tunnel(parts.hostname or "", port_of(parts), _login_to(proxy))
        try:
            connection.connect()
        except BaseException:  # a TLS that fails leaves its socket open
            connection.close()
            raise
        connection.sock.settimeout(_SILENCE)
        return connection

    def _proxy(self, parts: SplitResult) -> SplitResult | None:
        return proxy_for(parts, self._environment)


def _key(parts: SplitResult) -> tuple[str, str]:
    return parts.scheme, parts.netloc


def _is_over(connection: HTTPConnection) -> bool:
    """Whether the server has closed a connection on which nothing is awaited, or said something unasked."""
    looking = select.poll()
    looking.register(connection.sock, select.POLLIN)
    return bool(looking.poll(0))


def _login_to(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + b64encode(login.encode()).decode()}


def _answer(connection: HTTPConnection, target: str, question: Question) -> HTTPResponse:
    """Send a question and begin to read its answer, which may come before all is sent: 401, 413."""
    content = question.content or InMemory(b"")
    connection.putrequest(question.method, target, skip_accept_encoding=True)
    headers = {"User-Agent": "nixdock", **question.headers}
    if question.method not in ("GET", "HEAD"):
        headers["Content-Length"] = str(content.size)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    try:
        for piece in pieces(content):
            connection.send(piece)
            question.told(len(piece))
    except (ConnectionError, TimeoutError) as error:
        connection.sock.settimeout(_LAST_WORDS)
        try:
            response = connection.getresponse()
        except (OSError, HTTPException):
            raise error from None
        response.will_close = True  # a part of the content is on its way
        return response
    return connection.getresponse()
