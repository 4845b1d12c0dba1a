"""Questions to servers that nobody trusts: http and https alone, answers of bounded bytes and time.

urllib's own opener also opens file:, ftp: and data:, reads the whole body of a redirect, and waits as long as a byte
comes each minute. Proxies are those of the environment, as urllib finds them.
"""

from __future__ import annotations

import io
import ssl
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urljoin, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

_SILENCE = 60.0
"""Seconds to wait for a byte."""
_GRACE = 60.0
"""Seconds before the pace of an answer counts: a registry may have to fetch a blob itself first."""
_LEAST_PACE = 4096
"""Bytes a second, on average. A slower server would hold a build for days with a byte now and then."""
_MOST_AROUND = 1 << 20
"""Bytes around a body: its head, interim answers, sizes of chunks, which may also come to as much as the body."""
_MOST_REDIRECTS = 10
"""As Go's client, thus docker and skopeo, follows."""
_REDIRECTS = (301, 302, 303, 307, 308)


class BadAnswer(HTTPException):
    """A server said what no server should say."""


class Question(Request):
    """A request, and how many bytes the body of its answer has at most."""

    def __init__(self, url: str, most: int, form: bytes | None = None) -> None:
        super().__init__(checked_url(url), form)
        self.most = most

    def authorize(self, authorization: str) -> None:
        """Say who asks, to this server and, if it sends us on, to others of the same origin."""
        self.add_unredirected_header("Authorization", authorization)


class Asker:
    """Asks questions, and follows redirects: never from https to http; credentials stay with their origin."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._opener = OpenerDirector()
        for handler in (ProxyHandler, UnknownHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor, _Http):
            self._opener.add_handler(handler())
        self._opener.add_handler(_Https(context=context))

    def ask(self, question: Question) -> HTTPResponse:
        """Return the answer, to be read piece by piece.

        Raises BadAnswer or another HTTPException where it makes no sense, HTTPError for a status that is no success,
        URLError and other OSErrors where none comes. What is read of it may raise the same.
        """
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                answer: HTTPResponse = self._opener.open(question, timeout=_SILENCE)
                return answer
            except HTTPError as error:
                if error.code not in _REDIRECTS:
                    raise
                error.close()
                question = _redirected(question, error.headers.get("Location", ""))
        raise BadAnswer(f"more than {_MOST_REDIRECTS} redirects")


def checked_url(url: str) -> str:
    """Return an http or https URL as it may be asked for. Raises BadAnswer for any other text."""
    quoted = quote(url, "!#$%&'()*+,/:;=?@[]~", "iso-8859-1", "replace")
    try:
        parts = urlsplit(quoted)
        fits = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port)
    except ValueError:  # brackets that hold no address, a port that is no number
        fits = False
    if not fits:
        raise BadAnswer(f"{url[:200]!r} is no URL of http or https")
    return quoted


def origin(url: str) -> tuple[str, str]:
    """Return what two URLs have in common that belong to one server."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _redirected(question: Question, location: str) -> Question:
    if question.data is not None:
        raise BadAnswer("a redirect of a form that holds credentials")
    try:
        target = urljoin(question.full_url, location)
    except ValueError as error:
        raise BadAnswer(f"a redirect to {location[:200]!r}, which is no URL") from error
    following = Question(target, question.most)
    if question.type == "https" and following.type != "https":
        raise BadAnswer(f"a redirect from https to {target[:200]!r}")
    authorization = question.unredirected_hdrs.get("Authorization")
    if authorization and origin(following.full_url) == origin(question.full_url):
        following.authorize(authorization)
    return following


class _Http(HTTPHandler):
    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_bounded(HTTPConnection, req), req)


class _Https(HTTPSHandler):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._trusting = context

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_bounded(partial(HTTPSConnection, context=self._trusting), req), req)


def _bounded(connect: Callable[..., HTTPConnection], question: Request) -> Any:
    """Connect so that the answer is an `_Answer`."""
    assert isinstance(question, Question)
    most = 2 * question.most + _MOST_AROUND

    def connection(host: str, **arguments: Any) -> HTTPConnection:
        made = connect(host, **arguments)
        made.response_class = partial(_Answer, most)  # type: ignore[assignment]
        return made

    return connection


class _Answer(HTTPResponse):
    """An answer that is read through `_Bounded`."""

    def __init__(self, most: int, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fp = io.BufferedReader(_Bounded(self.fp.detach(), most))


class _Bounded(io.RawIOBase):
    """The bytes of a connection, of which there are at most so many, and not too slowly."""

    def __init__(self, raw: io.RawIOBase, most: int) -> None:
        self._raw = raw
        self._most = most
        self._taken = 0
        self._began = monotonic()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._taken > self._most:
            raise BadAnswer(f"more than {self._most} bytes")
        if monotonic() - self._began > _GRACE + self._taken / _LEAST_PACE:
            raise TimeoutError(f"slower than {_LEAST_PACE} bytes a second")
        count = self._raw.readinto(buffer)
        self._taken += count or 0
        return count

    def readall(self) -> bytes:
        # http.client reads to the end for a chunk of size -1; our own reads always say how much.
        raise BadAnswer("a chunk without a size")

    def close(self) -> None:
        self._raw.close()
        super().close()
