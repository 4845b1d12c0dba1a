"""The client against a server that does what registries and their blob stores do."""

from __future__ import annotations

import base64
import gc
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput, NixdockError, NotFound, ProgramFailed
from nixdock_hook.registries.access import Access
from nixdock_hook.registries.client import BlobClient
from tests.support.images import sha256

# Python's ssl leaves a socket object behind when the other side speaks no TLS.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket.socket .closed.:ResourceWarning")

DATA = b"a layer" * 100_000
DIGEST = sha256(DATA)
BLOB = f"/v2/team/app/blobs/{DIGEST}"
BASIC = "Basic " + base64.b64encode(b"me:secret").decode()

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Server:
    """answers: path → what comes; "PATH AUTHORIZATION" is looked for first. asked: what was, in order."""

    port: int
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def challenge(self, value: str) -> None:
        self.answers[BLOB] = 401, {"WWW-Authenticate": value}, b"{}"


class _Handler(BaseHTTPRequestHandler):
    known: Server

    def do_GET(self) -> None:
        authorization = self.headers.get("Authorization", "")
        self.known.asked.append((self.path, authorization))
        missing: Answer = (404, {}, b"")
        answer = self.known.answers.get(self.path, missing)
        status, headers, body = self.known.answers.get(f"{self.path} {authorization}", answer)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.path += f"?{form}"
        self.do_GET()

    def log_message(self, format: str, *arguments: object) -> None:
        """Be silent."""


def serve() -> Iterator[Server]:
    class Handler(_Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        Handler.known = Server(http.server_port)
        thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield Handler.known
        http.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def what_ssl_left_behind() -> Iterator[None]:
    """Is collected here, where its warning is ignored, and not in the middle of another test."""
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    yield from serve()


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    yield from serve()


def login(tmp_path: Path, server: Server, **entry: str) -> str:
    file = tmp_path / "auth.json"
    values = entry or {"auth": BASIC.removeprefix("Basic ")}
    file.write_text(json.dumps({"auths": {f"127.0.0.1:{server.port}": values}}))
    return str(file)


def fetch(server: Server, auth_file: str | None = None, tls_verify: bool = False) -> bytes:
    pieces: list[bytes] = []
    client = BlobClient(f"127.0.0.1:{server.port}/team/app", Access(tls_verify, auth_file))
    client.fetch(DIGEST, len(DATA), pieces.append)
    return b"".join(pieces)


def error_of(server: Server, kind: type[NixdockError], auth_file: str | None = None, tls_verify: bool = False) -> str:
    with pytest.raises(kind) as caught:
        fetch(server, auth_file, tls_verify)
    return str(caught.value)


def test_what_everybody_may_read(server: Server) -> None:
    server.answers[BLOB] = 200, {}, DATA
    assert fetch(server) == DATA
    assert server.asked == [(BLOB, "")]


def test_a_password(server: Server, tmp_path: Path) -> None:
    server.challenge('Basic realm="registry"')
    server.answers[f"{BLOB} {BASIC}"] = 200, {}, DATA
    assert fetch(server, login(tmp_path, server)) == DATA
    assert server.asked == [(BLOB, ""), (BLOB, BASIC)]


@pytest.mark.parametrize("name", ["token", "access_token"])
def test_a_token_for_everybody(server: Server, name: str) -> None:
    server.challenge(f'Bearer realm="{server.url}/token",service="registry",scope="repository:team/app:pull"')
    asked = "/token?service=registry&scope=repository%3Ateam%2Fapp%3Apull"
    server.answers[asked] = 200, {}, json.dumps({name: "t0k3n"}).encode()
    server.answers[f"{BLOB} Bearer t0k3n"] = 200, {}, DATA
    assert fetch(server) == DATA
    assert server.asked == [(BLOB, ""), (asked, ""), (BLOB, "Bearer t0k3n")]


def test_a_token_for_a_password(server: Server, tmp_path: Path) -> None:
    server.challenge(f'Bearer realm="{server.url}/token",service="registry"')
    server.answers[f"/token?service=registry&scope=repository%3Ateam%2Fapp%3Apull {BASIC}"] = 200, {}, b'{"token": "t"}'
    server.answers[f"{BLOB} Bearer t"] = 200, {}, DATA
    assert fetch(server, login(tmp_path, server)) == DATA


def test_a_token_for_an_identity_token(server: Server, tmp_path: Path) -> None:
    server.challenge(f'Bearer realm="{server.url}/token",service="registry"')
    server.answers[f"{BLOB} Bearer t"] = 200, {}, DATA
    form = "service=registry&scope=repository%3Ateam%2Fapp%3Apull&grant_type=refresh_token&client_id=nixdock"
    server.answers[f"/token?{form}&refresh_token=refresh"] = 200, {}, b'{"access_token": "t"}'
    assert fetch(server, login(tmp_path, server, identitytoken="refresh")) == DATA


def test_a_token_server_without_tokens(server: Server) -> None:
    server.challenge(f'Bearer realm="{server.url}/token"')
    server.answers["/token?service=&scope=repository%3Ateam%2Fapp%3Apull"] = 200, {}, b"[]"
    assert error_of(server, ProgramFailed).startswith("the token server gave no token")


def test_credentials_do_not_go_to_another_host(server: Server, elsewhere: Server, tmp_path: Path) -> None:
    server.challenge('Basic realm="registry"')
    server.answers[f"{BLOB} {BASIC}"] = 307, {"Location": f"{elsewhere.url}/storage"}, b""
    elsewhere.answers["/storage"] = 200, {}, DATA
    assert fetch(server, login(tmp_path, server)) == DATA
    assert elsewhere.asked == [("/storage", "")]


def test_credentials_go_along_on_the_same_host(server: Server, tmp_path: Path) -> None:
    server.challenge('Basic realm="registry"')
    server.answers[f"{BLOB} {BASIC}"] = 307, {"Location": "/storage"}, b""
    server.answers[f"/storage {BASIC}"] = 200, {}, DATA
    assert fetch(server, login(tmp_path, server)) == DATA


def test_who_is_not_known_is_told_how_to_log_in(server: Server) -> None:
    server.challenge('Basic realm="registry"')
    assert error_of(server, ProgramFailed).startswith("the registry wants credentials, or has no such name (401)")


def test_who_is_refused_is_told_which_file_was_read(server: Server, tmp_path: Path) -> None:
    server.challenge('Basic realm="registry"')
    file = login(tmp_path, server)
    assert f"{file} was read, log in again" in error_of(server, ProgramFailed, file)


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (403, ProgramFailed, "the registry wants credentials"),
        (404, NotFound, f"the registry has no blob {DIGEST} in 127.0.0.1:"),
        (429, ProgramFailed, "rate limit reached (429) in 127.0.0.1:"),
        (503, ProgramFailed, "the registry answers 503"),
    ],
)
def test_refusals(server: Server, status: int, kind: type[NixdockError], says: str) -> None:
    server.answers[BLOB] = status, {}, b""
    assert error_of(server, kind).startswith(says)


@pytest.mark.parametrize("data", [DATA[:-1], DATA[:-1] + b"x", b""])
def test_other_bytes(server: Server, data: bytes) -> None:
    server.answers[BLOB] = 200, {}, data
    error = error_of(server, InvalidImage)
    assert f"expected {DIGEST}, {len(DATA)} bytes; got {sha256(data)}, {len(data)} bytes" in error


def test_of_a_body_that_is_too_long_nothing_more_is_taken(server: Server) -> None:
    server.answers[BLOB] = 200, {}, DATA + b"x"
    pieces: list[bytes] = []
    client = BlobClient(f"127.0.0.1:{server.port}/team/app", Access(tls_verify=False))
    with pytest.raises(InvalidImage, match=f"expected {DIGEST}, 700000 bytes; got more"):
        client.fetch(DIGEST, len(DATA), pieces.append)
    assert b"".join(pieces) in (b"", DATA)


@pytest.mark.parametrize("realm", ["file:///etc/passwd#", "ftp://127.0.0.1/x", "data:,{}", "/token", "", "http://[::1"])
def test_a_token_server_that_is_no_http_server_is_not_asked(server: Server, realm: str) -> None:
    server.challenge(f'Bearer realm="{realm}",service="registry"')
    assert "is no URL of http or https" in error_of(server, ProgramFailed)
    assert server.asked == [(BLOB, "")]


def test_a_token_server_may_have_a_query_of_its_own(server: Server) -> None:
    server.challenge(f'Bearer realm="{server.url}/token?a=b#c",service="s"')
    asked = "/token?a=b&service=s&scope=repository%3Ateam%2Fapp%3Apull"
    server.answers[asked] = 200, {}, b'{"token": "t"}'
    server.answers[f"{BLOB} Bearer t"] = 200, {}, DATA
    assert fetch(server) == DATA


@pytest.mark.parametrize("token", ["a\r\nX-Injected: 1", "a b", "ü", ""])
def test_a_token_that_fits_into_no_header(server: Server, token: str) -> None:
    server.challenge(f'Bearer realm="{server.url}/token"')
    answer = json.dumps({"token": token}).encode()
    server.answers["/token?service=&scope=repository%3Ateam%2Fapp%3Apull"] = 200, {}, answer
    assert error_of(server, ProgramFailed).startswith("the token server gave no token")
    assert len(server.asked) == 2


def test_a_token_of_a_megabyte_is_none(server: Server) -> None:
    server.challenge(f'Bearer realm="{server.url}/token"')
    server.answers["/token?service=&scope=repository%3Ateam%2Fapp%3Apull"] = 200, {}, b'{"token": "' + b"x" * (1 << 20)
    assert error_of(server, InvalidImage).startswith("a document of more than 1048576 bytes in http://127.0.0.1:")


def test_the_challenge_of_another_server_is_not_answered(server: Server, elsewhere: Server, tmp_path: Path) -> None:
    server.answers[BLOB] = 307, {"Location": f"{elsewhere.url}/storage"}, b""
    elsewhere.answers["/storage"] = 401, {"WWW-Authenticate": f'Bearer realm="{elsewhere.url}/token"'}, b""
    assert "was read, log in again" in error_of(server, ProgramFailed, login(tmp_path, server))
    assert elsewhere.asked == [("/storage", "")]


def test_a_form_with_credentials_is_not_redirected(server: Server, elsewhere: Server, tmp_path: Path) -> None:
    server.challenge(f'Bearer realm="{server.url}/token",service="registry"')
    form = "service=registry&scope=repository%3Ateam%2Fapp%3Apull&grant_type=refresh_token&client_id=nixdock"
    server.answers[f"/token?{form}&refresh_token=refresh"] = 307, {"Location": f"{elsewhere.url}/token"}, b""
    error = error_of(server, ProgramFailed, login(tmp_path, server, identitytoken="refresh"))
    assert "makes no sense (a redirect of a form that holds credentials)" in error
    assert elsewhere.asked == []


@pytest.mark.parametrize("name", ["127.0.0.1:1/a\r\nHost: b", "127.0.0.1:1/../x", "127.0.0.1:1/a?b", ""])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(InvalidInput, match="names no image in a registry"):
        BlobClient(name, Access()).fetch(DIGEST, 1, print)


def test_what_goes_wrong_here_is_not_the_registrys_fault(server: Server) -> None:
    def full(piece: bytes) -> None:
        raise OSError(28, "No space left on device")

    server.answers[BLOB] = 200, {}, DATA
    with pytest.raises(OSError, match="No space"):
        BlobClient(f"127.0.0.1:{server.port}/team/app", Access(tls_verify=False)).fetch(DIGEST, len(DATA), full)


def test_plain_http_is_for_those_who_allow_it(server: Server) -> None:
    server.answers[BLOB] = 200, {}, DATA
    assert error_of(server, ProgramFailed, tls_verify=True).startswith("a plain HTTP registry where TLS was expected")
    assert server.asked == []


def test_nobody_there(server: Server) -> None:
    server.port = 1
    assert error_of(server, ProgramFailed).startswith("cannot reach the registry ([Errno 111] Connection refused)")
