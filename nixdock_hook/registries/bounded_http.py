"""Questions that only read, to servers that nobody trusts: answers of bounded bytes and time, read piece by piece."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from urllib.parse import urljoin

from .bounded_answers import MOST_REDIRECTS, REDIRECTS, BadAnswer, checked_url, origin
from .connection import Answer, Connections, Question
from .content import InMemory

_MOST_WORDS = 1 << 12
"""Bytes of a refusal that are read, for the error."""


class Refused(Exception):
    """An answer whose status is no success, with the first bytes of its body."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"status {answer.status}")
        self.answer = answer


class Asker:
    """Asks questions, and follows redirects: never from https to http; credentials stay with their origin.

    environment: with the proxies.
    """

    def __init__(self, context: ssl.SSLContext, environment: Mapping[str, str]) -> None:
        self._connections = Connections(lambda _: context, environment)

    def ask(self, url: str, most: int, authorization: str | None = None, form: bytes | None = None) -> HTTPResponse:
        """Return the answer, to be read piece by piece, and closed.

        most: bytes of its body. form: is posted.
        Raises BadAnswer or another HTTPException where it makes no sense, Refused for a status that is no success,
        OSError where none comes. What is read of it may raise the same.
        """
        url = checked_url(url)
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._connections.stream(_question(url, authorization, form), most)
            if 200 <= answer.status < 300:
                return answer
            with answer:
                if answer.status not in REDIRECTS:
                    raise Refused(Answer(url, answer.status, answer.headers, _first_words(answer)))
            target = _redirected(url, answer.headers.get("Location", ""), form)
            authorization = authorization if origin(target) == origin(url) else None
            url = target
        raise BadAnswer(f"more than {MOST_REDIRECTS} redirects")


def _question(url: str, authorization: str | None, form: bytes | None) -> Question:
    headers = {"Authorization": authorization} if authorization else {}
    if form is None:
        return Question("GET", url, headers)
    return Question("POST", url, {**headers, "Content-Type": "application/x-www-form-urlencoded"}, InMemory(form))


def _first_words(answer: HTTPResponse) -> bytes:
    with suppress(OSError, HTTPException):
        return answer.read(_MOST_WORDS)
    return b""


def _redirected(url: str, location: str, form: bytes | None) -> str:
    if form is not None:
        raise BadAnswer("a redirect of a form that holds credentials")
    try:
        target = checked_url(urljoin(url, location))
    except ValueError as error:
        raise BadAnswer(f"a redirect to {location[:200]!r}, which is no URL") from error
    if url.startswith("https:") and not target.startswith("https:"):
        raise BadAnswer(f"a redirect from https to {target[:200]!r}")
    return target
