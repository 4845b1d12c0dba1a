"""Questions to servers that nobody trusts: http and https alone, answers of bounded bytes and time.

urllib's own opener also opens file:, ftp: and data:, reads the whole body of a redirect, and waits as long as a byte
comes each minute. Proxies are those of the environment, as urllib finds them.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
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

from .bounded_answers import MOST_REDIRECTS, REDIRECTS, BadAnswer, bound_answers, checked_url, origin

_SILENCE = 60.0
"""Seconds to wait for a byte."""


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
        for _ in range(MOST_REDIRECTS + 1):
            try:
                answer: HTTPResponse = self._opener.open(question, timeout=_SILENCE)
                return answer
            except HTTPError as error:
                if error.code not in REDIRECTS:
                    raise
                error.close()
                question = _redirected(question, error.headers.get("Location", ""))
        raise BadAnswer(f"more than {MOST_REDIRECTS} redirects")


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
    """Connect so that the answer has bounds."""
    assert isinstance(question, Question)

    def connection(host: str, **arguments: Any) -> HTTPConnection:
        made = connect(host, **arguments)
        bound_answers(made, question.most)
        return made

    return connection
