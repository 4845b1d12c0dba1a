"""What is taken from servers that nobody trusts: URLs of http and https alone, answers of bounded bytes and time."""

from __future__ import annotations

import io
import ssl
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse
from time import monotonic
from typing import Any
from urllib.parse import quote, urlsplit

from .access import port_of

_GRACE = 60.0
"""Seconds before the pace of an answer counts: a registry may have to fetch a blob itself first."""
_LEAST_PACE = 4096
"""Bytes a second, on average. A slower server would hold a build for days with a byte now and then."""
_MOST_AROUND = 1 << 20
"""Bytes around a body: its head, interim answers, sizes of chunks, which may also come to as much as the body."""

MOST_REDIRECTS = 10
"""As Go's client, thus docker and skopeo, follows."""
REDIRECTS = (301, 302, 303, 307, 308)
SAME_AGAIN = (307, 308)
"""Redirects after which the question stays what it was, so that also what is written may follow them."""


class BadAnswer(HTTPException):
    """A server said what no server should say."""


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


def origin(url: str) -> tuple[str, str, int]:
    """Return what two URLs have in common that belong to one server: scheme, host and port, said or not."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", port_of(parts)


def speaks_no_tls(error: object) -> bool:
    """Tell whether a connection failed because the server answers in plain HTTP: so OpenSSL calls that."""
    return isinstance(error, ssl.SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")


def bound_answers(connection: HTTPConnection, most: int, grace: float | None = None) -> None:
    """Have the next answers of a connection end in an error: with bodies of more than `most` bytes, or too slowly.

    grace: seconds that the server may take before its pace counts, 60 unless told otherwise.
    """
    limits = 2 * most + _MOST_AROUND, _GRACE if grace is None else grace
    connection.response_class = partial(_Answer, limits)  # type: ignore[assignment]


class _Answer(HTTPResponse):
    """An answer that is read through `_Bounded`."""

    def __init__(self, limits: tuple[int, float], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fp = io.BufferedReader(_Bounded(self.fp.detach(), *limits))


class _Bounded(io.RawIOBase):
    """The bytes of a connection, of which there are at most so many, and not too slowly."""

    def __init__(self, raw: io.RawIOBase, most: int, grace: float) -> None:
        self._raw = raw
        self._most, self._grace = most, grace
        self._taken = 0
        self._began = monotonic()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._taken > self._most:
            raise BadAnswer(f"more than {self._most} bytes")
        if monotonic() - self._began > self._grace + self._taken / _LEAST_PACE:
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
