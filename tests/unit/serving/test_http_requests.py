"""What is a request, and what is none; each bound from both sides."""

from __future__ import annotations

import pytest

from nixdock_hook.serving import http_requests as limits
from nixdock_hook.serving.http_requests import BadRequest, HeadReader, Request, parse_head

GET = "GET /v2/ HTTP/1.1\r\nHost: localhost"


def refused(head: str) -> int:
    """The status that a head is refused with."""
    with pytest.raises(BadRequest) as caught:
        read(head + "\r\n\r\n")
    return caught.value.status


def read(text: str) -> Request | None:
    reader = HeadReader()
    reader.feed(text.encode("latin-1"))
    return reader.take()


def test_a_request() -> None:
    head = "HEAD /v2/a%20b?n=1 HTTP/1.1\r\nHOST: [::1]:5000\r\nAccept:a\r\naccept: \t b \t\r\nEmpty:"
    request = parse_head(head.encode())
    assert (request.method, request.target, request.version, request.body) == ("HEAD", "/v2/a%20b?n=1", "1.1", 0)
    assert (request.header("accept"), request.header("empty", "x"), request.header("none", "x")) == ("a, b", "", "x")
    assert request.is_followed


@pytest.mark.parametrize(
    "line",
    [
        "Content-Length: 1\r\nContent-Length: 1",
        "Content-Length: 1\r\nContent-Length: 2",
        "Content-Length: 1\r\ncontent-length: 1",
        *[f"Content-Length: {value}" for value in ("", "-1", "+0", "0x0", "1_0", "1 0", "0, 0", "²", "9" * 19, "1.0")],
        "Transfer-Encoding: chunked\r\nContent-Length: 1",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: \x0bchunked",
        "Content-Length : 1",
        "Content-Length\t: 1",
        " Content-Length: 1",
        "A: b\r\n c",
        "A: b\r\n\tc",
        "no colon",
        ": no name",
        "a b: c",
        "a(b: c",
        "A: \0",
        "A: b\rC: d",
        "A: b\nC: d",
        "A: \x1b",
        "A: \x7f",
        "Host: localhost",
        "Host: other",
    ],
)
def test_a_header_that_may_be_read_in_two_ways(line: str) -> None:
    assert refused(f"{GET}\r\n{line}") == 400


@pytest.mark.parametrize(
    "host", ["a b", "a, b", "a/b", "user@a", "a:b", "a:1:2", "::1", "[::1", "[::1]x", "a:123456", "é", "a\tb"]
)
def test_a_host_that_is_none(host: str) -> None:
    assert refused(f"GET / HTTP/1.1\r\nHost: {host}") == 400


@pytest.mark.parametrize("host", ["", "a", "A_b-c.d.", "a:", "a:65535", "127.0.0.1:1", "[::1]", "[fe80::1%eth0]:1"])
def test_a_host(host: str) -> None:
    assert read(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")


@pytest.mark.parametrize(
    "target",
    [
        *["http://localhost/v2/", "localhost:80", "*", "v2/", "?n=1", ""],
        *["/a b", "/a\tb", "/a#b", "/é", '/"', "/[", "/\\"],
        *["/%", "/%4", "/%4g", "/%%", "/?%zz"],
        *["/%00", "/%0a", "/%1F", "/%7f", "/?a=%0d", "/%ff", "/%C3", "/a%2Fb", "/%2f"],
    ],
)
def test_a_target_that_is_none(target: str) -> None:
    assert refused(f"GET {target} HTTP/1.1\r\nHost: localhost") == 400


@pytest.mark.parametrize(
    "target", ["/", "//x/v2/", "/a/../b", "/sha256%3Aa", "/%c3%a9", "/?last=a%2Fb", "/a;b=(c)~!$&'*+,@?/?"]
)
def test_a_target(target: str) -> None:
    assert read(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        *[(f"GET {rest}", 400) for rest in ("", "/", "/  HTTP/1.1", "/ HTTP/1.1 ", "/ HTTP/1", "/ HTTP/1.10")],
        *[(f"GET / {version}", 400) for version in ("HTTP/x.1", "http/1.1", "HTTP 1.1", "HTTP/١.1")],
        *[(f"GET / {version}", 505) for version in ("HTTP/0.9", "HTTP/2.0", "HTTP/9.9")],
        *[(line, 400) for line in ("GET", " GET / HTTP/1.1", "G@T / HTTP/1.1")],
    ],
)
def test_the_first_line(line: str, status: int) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_head(f"{line}\r\nHost: localhost".encode())
    assert caught.value.status == status


def test_http_1_0_needs_no_host_and_stays_for_one_request() -> None:
    request = read("GET / HTTP/1.0\r\n\r\n")
    assert request and not request.is_followed
    assert refused("GET / HTTP/1.1") == 400
    assert refused("GET / HTTP/1.0\r\nTransfer-Encoding: chunked") == 400
    later = read("GET / HTTP/1.9\r\nHost: localhost\r\n\r\n")
    assert later and later.version == "1.1"


@pytest.mark.parametrize(
    ("line", "is_followed"),
    [
        ("Connection: close", False),
        ("Connection: x, CLOSE", False),
        ("Connection: keep-alive", True),
        ("Transfer-Encoding: Chunked", False),
        ("Content-Length: 5\r\nExpect: 100-continue", False),
        ("Content-Length: 0\r\nExpect: 100-continue", True),
        (f"Content-Length: {limits.MOST_BODY}", True),
        (f"Content-Length: {limits.MOST_BODY + 1}", False),
    ],
)
def test_whether_another_request_may_follow(line: str, is_followed: bool) -> None:
    request = read(f"{GET}\r\n{line}\r\n\r\n")
    assert request and request.is_followed == is_followed


class TestBounds:
    def test_the_first_line(self) -> None:
        target = "/" + "x" * (limits.MOST_LINE - len("GET / HTTP/1.1"))
        assert read(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert refused(f"GET {target}x HTTP/1.1\r\nHost: localhost") == 414

    def test_a_header_line(self) -> None:
        value = "x" * (limits.MOST_LINE - len("A: "))
        assert read(f"{GET}\r\nA: {value}\r\n\r\n")
        assert refused(f"{GET}\r\nA: {value}x") == 431

    def test_how_many_headers(self) -> None:
        lines = "\r\nA: b" * (limits.MOST_HEADERS - 1)
        assert read(f"{GET}{lines}\r\n\r\n")
        assert refused(f"{GET}{lines}\r\nA: b") == 431

    def test_the_head(self) -> None:
        line = "\r\nA: " + "x" * 4000
        filler = line * ((limits.MOST_HEAD - len(GET)) // len(line))
        rest = limits.MOST_HEAD - len(GET) - len(filler) - len("\r\nB: \r\n\r\n")
        assert read(f"{GET}{filler}\r\nB: {'x' * rest}\r\n\r\n")
        assert refused(f"{GET}{filler}\r\nB: {'x' * rest}x") == 431

    @pytest.mark.parametrize(("begin", "status"), [("GET /", 414), (f"{GET}\r\n", 431)])
    def test_a_head_without_an_end(self, begin: str, status: int) -> None:
        reader = HeadReader()
        reader.feed(begin.encode())
        assert reader.take() is None
        with pytest.raises(BadRequest) as caught:
            for _ in range(100):
                reader.feed(b"x" * 1000)
                assert reader.take() is None
        assert caught.value.status == status


class TestPieces:
    def test_byte_by_byte(self) -> None:
        reader = HeadReader()
        found = []
        for byte in f"\r\n{GET}\r\nContent-Length: 3\r\n\r\n\0\n\rHEAD / HTTP/1.0\r\n\r\n".encode():
            reader.feed(bytes([byte]))
            found.append(reader.take())
        assert [(request.method, request.body) for request in found if request] == [("GET", 3), ("HEAD", 0)]

    def test_several_at_once(self) -> None:
        reader = HeadReader()
        reader.feed(f"{GET}\r\nContent-Length: 2\r\n\r\n\0\n{GET}\r\n\r\nGET /".encode())
        requests = [reader.take() for _ in range(3)]
        assert [request and request.body for request in requests] == [2, 0, None]

    @pytest.mark.parametrize("begin", [b"\x16\x03\x01", b"hello\n", b"\n", b"GET / HTTP/1.1\rx", b"\r\r", b"A\0"])
    def test_what_cannot_become_right_is_refused_at_once(self, begin: bytes) -> None:
        reader = HeadReader()
        reader.feed(begin)
        with pytest.raises(BadRequest) as caught:
            reader.take()
        assert caught.value.status == 400
