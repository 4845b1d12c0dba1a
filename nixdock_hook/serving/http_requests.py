"""The head of an HTTP/1.1 request (RFC 9112), read strictly: what a proxy might read in another way is refused.

Pure: bytes in, a Request or a BadRequest out. Connections are in `connections`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

MOST_LINE = 8192
"""Bytes of a request line or a header line: RFC 9110 (4.1) wants 8,000 of a URI, a registry's token has 4,000."""
MOST_HEADERS = 100
MOST_HEAD = 32 << 10
"""Bytes of a head: what each of a few thousand connections may take of memory at once."""
MOST_BODY = 64 << 10
"""Bytes of a body that nobody wants and that is read nevertheless, for the sake of the request after it."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rf"({_TOKEN}) (\S+) HTTP/([0-9])\.([0-9])")
_HEADER_NAME = re.compile(_TOKEN)
# RFC 3986, 3.3 and 3.4: what may stand in a path and in a query.
_TARGET = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._~-]+)?\]|[A-Za-z0-9._~-]*)(?::[0-9]{0,5})?")
# Line ends other than CR LF, and control characters other than the tab.
_ILLEGAL = re.compile(rb"(?<!\r)\n|\r[^\n]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LENGTH = re.compile(r"[0-9]{1,18}")


class BadRequest(Exception):
    """A request that is not answered. status: of the response, after which the connection closes."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class Request:
    """A request's head. target: path and query, as they came. headers: by lower-case name, in the order they came.

    body: how many bytes follow the head; None where only reading them would tell (chunks).
    """

    method: str
    target: str
    version: str
    headers: Mapping[str, tuple[str, ...]]
    body: int | None

    def header(self, name: str, default: str = "") -> str:
        """Return the value of a header; several lines of it are one list (RFC 9110, 5.3)."""
        return ", ".join(self.headers[name]) if name in self.headers else default

    @property
    def is_followed(self) -> bool:
        """Tell whether another request may follow on the same connection, behind the body if there is one."""
        options = {option.strip().lower() for option in self.header("connection").split(",")}
        return (
            self.version == "1.1"
            and "close" not in options
            and self.body is not None
            and self.body <= MOST_BODY
            and not (self.body and "expect" in self.headers)  # the body may come, or may not
        )


class HeadReader:
    """Read the requests of a connection from its bytes, in whatever pieces they come; bodies are skipped."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._checked = 0  # so far nothing is wrong, and the head does not end
        self._skipped = 0

    def feed(self, data: bytes) -> None:
        """Append what came."""
        skipped = min(self._skipped, len(data))
        self._skipped -= skipped
        self._data += data[skipped:]

    def take(self) -> Request | None:
        """Return the next request, None while its head is not whole. Raises BadRequest as soon as that is certain."""
        while self._data.startswith(b"\r\n"):  # RFC 9112, 2.2
            del self._data[:2]
        start = max(0, self._checked - 3)
        end = self._data.find(b"\r\n\r\n", start)
        self._checked = len(self._data) if end < 0 else end + 4
        if _ILLEGAL.search(self._data, start, self._checked):
            raise BadRequest(400, "this is no HTTP: lines end in CR LF, and have no control characters")
        if self._data.find(b"\r\n", 0, MOST_LINE + 2) < 0 and self._checked > MOST_LINE + 1:
            raise BadRequest(414, f"the request line is longer than {MOST_LINE} bytes")
        if self._checked > MOST_HEAD:
            raise BadRequest(431, f"the headers are longer than {MOST_HEAD} bytes")
        if end < 0:
            return None
        request = parse_head(bytes(self._data[:end]))
        del self._data[: end + 4]
        self._checked = 0
        body = min(request.body or 0, MOST_BODY)
        self._skipped = max(0, body - len(self._data))
        del self._data[:body]
        return request


def parse_head(head: bytes) -> Request:
    """Read a head, without the empty line at its end. Raises BadRequest."""
    line, *lines = head.decode("latin-1").split("\r\n")
    if len(lines) > MOST_HEADERS:
        raise BadRequest(431, f"there are more than {MOST_HEADERS} header lines")
    parts = _REQUEST_LINE.fullmatch(line)
    if not parts:
        raise BadRequest(400, "a request begins with METHOD TARGET HTTP/1.1")
    method, target, major, minor = parts.groups()
    if major != "1":
        raise BadRequest(505, "this registry speaks HTTP/1.1")
    headers: dict[str, tuple[str, ...]] = {}
    for text in lines:
        name, value = _header(text)
        headers[name] = (*headers.get(name, ()), value)
    version = "1.0" if minor == "0" else "1.1"
    _check_target(target)
    _check_host(headers, version)
    return Request(method, target, version, headers, _body(headers, version))


def _header(line: str) -> tuple[str, str]:
    if len(line) > MOST_LINE:
        raise BadRequest(431, f"a header line is longer than {MOST_LINE} bytes")
    if line.startswith((" ", "\t")):
        raise BadRequest(400, "a header line begins with white space")
    name, colon, value = line.partition(":")
    if not colon or not _HEADER_NAME.fullmatch(name):
        raise BadRequest(400, "a header line is NAME: VALUE, without white space before the colon")
    return name.lower(), value.strip(" \t")


def _check_target(target: str) -> None:
    """Accept the origin form alone: this is no proxy, and a host in the target could contradict the Host header."""
    if not _TARGET.fullmatch(target):
        raise BadRequest(400, "a target begins with / and has no characters that have to be percent-encoded")
    try:
        decoded = unquote_to_bytes(target).decode()
    except UnicodeDecodeError as error:
        raise BadRequest(400, "the target is not UTF-8") from error
    if _CONTROL.search(decoded) or "%2f" in target.partition("?")[0].lower():
        raise BadRequest(400, "the target has an encoded control character or slash")


def _check_host(headers: Mapping[str, tuple[str, ...]], version: str) -> None:
    hosts = headers.get("host", ())
    if len(hosts) > 1 or (not hosts and version != "1.0"):
        raise BadRequest(400, "a request names exactly one Host")
    if hosts and not _HOST.fullmatch(hosts[0]):
        raise BadRequest(400, "Host is NAME, or NAME:PORT")


def _body(headers: Mapping[str, tuple[str, ...]], version: str) -> int | None:
    """Return the length of a body, None for chunks (RFC 9112, 6.3)."""
    lengths, codings = headers.get("content-length", ()), headers.get("transfer-encoding", ())
    if codings:
        if lengths or version == "1.0":
            raise BadRequest(400, "Transfer-Encoding contradicts Content-Length, or HTTP/1.0")
        if [coding.lower() for coding in codings] != ["chunked"]:
            raise BadRequest(400, "the only Transfer-Encoding is chunked")
        return None
    if len(lengths) > 1:
        raise BadRequest(400, "a request has one Content-Length")
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        raise BadRequest(400, "Content-Length is a number of bytes")
    return int(lengths[0]) if lengths else 0
