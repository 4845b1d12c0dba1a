"""The registry over real sockets."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput, NixdockError
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.layers.source import Layer
from nixdock_hook.serving.answers import Answer, Registry
from nixdock_hook.serving.server import RegistryServer, running
from nixdock_hook.sinks.blobs import Document
from nixdock_hook.sinks.listener import Listener
from nixdock_hook.sinks.served_image import served_image
from tests.support import images
from tests.support.images import sha256
from tests.support.recipes import recipe, store_layer, tar_layer, tree
from tests.support.server import wait_until

LAYER = images.layer({"large": bytes(range(256)) * 40_000})
BLOB = f"/v2/app/blobs/{sha256(LAYER)}"


class Errors(Listener):
    def __init__(self) -> None:
        self.errors: list[NixdockError] = []

    def failed(self, error: NixdockError) -> None:
        self.errors.append(error)


@contextmanager
def serving(layer: Layer, listener: Listener | None = None) -> Iterator[RegistryServer]:
    with layer_contents() as contents:
        registry = Registry([served_image(recipe(layer), "app:1", contents)])
        with running(registry, listener or Listener()) as server:
            yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RegistryServer]:
    with serving(tar_layer(tmp_path / "layer", LAYER)) as started:
        yield started


@contextmanager
def connected(server: RegistryServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(server.address, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def ask(
    server: RegistryServer, path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    with connected(server) as connection:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response, response.read()


def raw(server: RegistryServer, request: bytes) -> bytes:
    """All that the server says to these bytes until it closes the connection."""
    with socket.create_connection(server.server_address[:2], timeout=10) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := client.recv(1 << 16):
            answer += piece
    return answer


class TestAnswers:
    def test_a_blob(self, server: RegistryServer) -> None:
        response, body = ask(server, BLOB)
        assert (response.status, body) == (200, LAYER)
        assert response.headers["Docker-Content-Digest"] == sha256(LAYER)
        assert response.headers["ETag"] == f'"{sha256(LAYER)}"'
        assert response.headers["Content-Length"] == str(len(LAYER))
        assert response.headers["Content-Type"] == "application/vnd.oci.image.layer.v1.tar"
        assert response.headers["Docker-Distribution-API-Version"] == "registry/2.0"

    def test_head_says_the_same_without_a_body(self, server: RegistryServer) -> None:
        for path in (BLOB, "/v2/app/manifests/1", "/v2/", "/v2/other/tags/list"):
            (got, _), (head, body) = ask(server, path), ask(server, path, "HEAD")
            assert body == b""
            ours, theirs = ({**dict(r.headers), "Date": "", "status": str(r.status)} for r in (head, got))
            assert ours == theirs

    def test_a_connection_is_kept(self, server: RegistryServer) -> None:
        with connected(server) as connection:
            connection.connect()
            port = connection.sock.getsockname()[1]
            for path in ("/v2/", "/v2/other/tags/list", BLOB, "/v2/app/manifests/1"):
                connection.request("GET", path)
                connection.getresponse().read()
                assert connection.sock is not None and connection.sock.getsockname()[1] == port

    def test_what_is_there_is_not_sent_again(self, server: RegistryServer) -> None:
        for known in (f'"x", "{sha256(LAYER)}"', "*"):
            response, body = ask(server, BLOB, If_None_Match=known)
            assert (response.status, body) == (304, b"")
        assert ask(server, BLOB, If_None_Match='"x"')[0].status == 200


class TestRange:
    @pytest.mark.parametrize(
        ("header", "start", "stop"), [("bytes=0-9", 0, 10), ("bytes=5000000-", 5_000_000, None), ("bytes=-7", -7, None)]
    )
    def test_a_part(self, server: RegistryServer, header: str, start: int, stop: int | None) -> None:
        response, body = ask(server, BLOB, Range=header)
        assert (response.status, body) == (206, LAYER[start:stop])
        first = start % len(LAYER)
        assert response.headers["Content-Range"] == f"bytes {first}-{first + len(body) - 1}/{len(LAYER)}"

    def test_who_has_its_end_has_the_blob(self, server: RegistryServer) -> None:
        ask(server, BLOB, "HEAD")
        ask(server, BLOB, Range="bytes=0-9")
        assert server.given == set()
        ask(server, BLOB, Range="bytes=10-")
        assert server.given == {sha256(LAYER)}

    def test_nothing_there(self, server: RegistryServer) -> None:
        response, _ = ask(server, BLOB, Range=f"bytes={len(LAYER)}-")
        assert (response.status, response.headers["Content-Range"]) == (416, f"bytes */{len(LAYER)}")

    def test_only_of_the_blob_that_is_meant(self, server: RegistryServer) -> None:
        assert ask(server, BLOB, Range="bytes=0-9", If_Range='"another"')[0].status == 200
        assert ask(server, BLOB, Range="bytes=0-9", If_Range=f'"{sha256(LAYER)}"')[0].status == 206


class TestStrangers:
    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
    def test_it_is_read_only(self, server: RegistryServer, method: str) -> None:
        response, body = ask(server, "/v2/app/blobs/uploads/", method)
        assert response.status == (501 if method == "BREW" else 405)
        assert json.loads(body)["errors"][0]["code"] == "UNSUPPORTED"

    def test_a_body_is_not_taken_for_a_request(self, server: RegistryServer) -> None:
        hidden = b"GET /v2/_catalog HTTP/1.1\r\nHost: localhost\r\n\r\n"
        answer = raw(
            server, b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(hidden) + hidden
        )
        assert answer.count(b"HTTP/1.1 ") == 1 and b"repositories" not in answer

    @pytest.mark.parametrize(
        "garbage",
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\x00\n" + bytes(range(256)),
            b"\n\n\n",
            b"GET\r\n\r\n",
            b"GET /v2/ HTTP/9.9\r\n\r\n",
            b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
            b"GET /v2/ HTTP/1.1\r\n" + b"".join(b"A%d: b\r\n" % n for n in range(200)) + b"\r\n",
            b"GET http://[bad/v2/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET http://localhost/v2/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"",
        ],
    )
    def test_garbage_is_survived(self, server: RegistryServer, garbage: bytes) -> None:
        answer = raw(server, garbage)
        assert not answer or answer.startswith(b"HTTP/1.1 4") or answer.startswith(b"HTTP/1.1 5"), answer[:100]
        assert ask(server, "/v2/")[0].status == 200

    @pytest.mark.parametrize("wrong", ["Content-Length: 1\r\nContent-Length: 1", "A : b", "a header", "A: \0"])
    def test_what_a_proxy_may_read_otherwise_ends_the_connection(self, server: RegistryServer, wrong: str) -> None:
        head, hidden = f"GET /v2/ HTTP/1.1\r\nHost: localhost\r\n{wrong}\r\n\r\n", b"GET /v2/_catalog HTTP/1.1\r\n"
        answer = raw(server, head.encode() + hidden + b"Host: localhost\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400 ") and b"\r\nConnection: close\r\n" in answer
        assert answer.count(b"HTTP/1.1 ") == 1 and b"repositories" not in answer

    def test_a_body_is_skipped_for_the_request_behind_it(self, server: RegistryServer) -> None:
        with socket.create_connection(server.server_address, timeout=10) as client:
            client.sendall(b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhe")
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
            client.sendall(b"lloGET /v2/_catalog HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
        assert answer.count(b"HTTP/1.1 200 ") == 1 and b"repositories" in answer

    def test_an_answer_arrives_whatever_else_was_sent(self, server: RegistryServer) -> None:
        """Unread bytes would make the system reset the connection, and the answer be lost."""
        head = b"PUT /v2/app/blobs/uploads/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n"
        with socket.create_connection(server.server_address, timeout=10) as client:
            client.sendall(head)
            assert client.recv(1, socket.MSG_PEEK) == b"H"
            client.sendall(bytes(3_000_000))
            assert b"".join(iter(lambda: client.recv(1 << 16), b"")).startswith(b"HTTP/1.1 405 ")

    def test_a_foreign_media_type_ends_no_line(self, server: RegistryServer, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = Answer(200, Document("a/b\r\nInjected: yes", b"x"))
        monkeypatch.setattr(server.registry, "answer", lambda *asked: answer)
        response, body = ask(server, "/v2/")
        assert (response.headers["Content-Type"], body) == ("a/b??Injected: yes", b"x")
        assert "Injected" not in response.headers

    def test_tls_is_told_that_this_is_http(self, server: RegistryServer) -> None:
        assert raw(server, b"\x16\x03\x01\x00\x05hello\n").startswith(b"HTTP/1.1 400 ")

    @pytest.mark.parametrize(
        ("name", "value"),
        [("Host", "evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example")],
    )
    def test_a_web_page_of_another_site_is_refused(self, server: RegistryServer, name: str, value: str) -> None:
        assert ask(server, "/v2/", **{name: value})[0].status == 403
        assert ask(server, "/v2/", Origin=f"http://{server.address}")[0].status == 200

    def test_one_host_header(self, server: RegistryServer) -> None:
        two = b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        assert raw(server, two).startswith(b"HTTP/1.1 400 ")
        assert raw(server, b"GET /v2/ HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        assert raw(server, b"GET /v2/ HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 ")


class TestClients:
    def test_many_at_once(self, server: RegistryServer) -> None:
        digests: list[str] = []
        threads = [threading.Thread(target=lambda: digests.append(sha256(ask(server, BLOB)[1]))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert digests == [sha256(LAYER)] * 20

    def test_some_vanish_and_some_are_slow(self, tmp_path: Path) -> None:
        listener = Errors()
        with serving(tar_layer(tmp_path / "layer", LAYER), listener) as server, ExitStack() as stack:
            request = f"GET {BLOB} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            for _ in range(10):
                with socket.create_connection(server.server_address[:2]) as client:
                    client.sendall(request)
                    client.recv(1000)
            for _ in range(10):  # they never read what they asked for, nor end their request
                client = stack.enter_context(socket.create_connection(server.server_address[:2]))
                client.sendall(request + b"GET /v2/")
            assert ask(server, BLOB)[1] == LAYER
            threads = threading.active_count()
            stack.close()
            wait_until(lambda: threading.active_count() <= threads - 10, "the threads of the slow clients end")
        assert listener.errors == []


class TestAStorePathThatChanged:
    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tree(tmp_path / "path", {"bin/a": "program", "bin/b": "x" * 5_000_000})

    def test_altered_the_end_is_missing(self, place: Path) -> None:
        layer, listener = store_layer(place), Errors()
        (place / "bin/a").write_text("PROGRAM")
        with serving(layer, listener) as server, connected(server) as connection:
            connection.request("GET", f"/v2/app/blobs/{layer.diff_id}")
            response = connection.getresponse()
            with pytest.raises(http.client.IncompleteRead) as caught:
                response.read()
            assert 0 < len(caught.value.partial) < layer.size == int(response.headers["Content-Length"])
            assert server.failure is listener.errors[0]
        assert str(place) in str(listener.errors[0])

    @pytest.mark.parametrize("header", ["bytes=0-9", "bytes=-9"])
    def test_no_part_is_whole_either(self, place: Path, header: str) -> None:
        layer = store_layer(place)
        (place / "bin/a").write_text("PROGRAM")
        with serving(layer) as server:
            response, body = ask(server, f"/v2/app/blobs/{layer.diff_id}", Range=header)
        assert response.status == 500
        assert json.loads(body)["errors"][0]["code"] == "UNKNOWN"

    def test_gone_before_the_first_byte_it_is_an_error(self, place: Path) -> None:
        layer, listener = store_layer(place), Errors()
        (place / "bin/a").unlink()
        (place / "bin/b").unlink()
        (place / "bin").rmdir()
        place.rmdir()
        with serving(layer, listener) as server:
            response, body = ask(server, f"/v2/app/blobs/{layer.diff_id}")
            assert response.status == 500 and str(place) in json.loads(body)["errors"][0]["message"]
            assert ask(server, "/v2/")[0].status == 200
        assert len(listener.errors) == 1


class TestListening:
    def test_a_port_in_use(self, server: RegistryServer) -> None:
        port = int(server.server_address[1])
        with pytest.raises(InvalidInput, match=rf"^cannot listen \(Address .* in 127\.0\.0\.1:{port}: --port 0 takes"):
            RegistryServer(Registry([]), "127.0.0.1", port, Listener())

    @pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("300.0.0.1", 0), ("192.0.2.1", 0)])
    def test_an_address_that_is_none(self, host: str, port: int) -> None:
        with pytest.raises(InvalidInput, match="^cannot listen .*: give an address of this machine"):
            RegistryServer(Registry([]), host, port, Listener())

    def test_ipv6(self) -> None:
        with RegistryServer(Registry([]), "::1", 0, Listener()) as server:
            assert server.local_only and server.address == f"[::1]:{server.server_address[1]}"

    def test_open_to_the_network_it_answers_under_allowed_names_alone(self) -> None:
        with RegistryServer(Registry([]), "0.0.0.0", 0, Listener(), ["builder.example"]) as server:
            assert not server.local_only
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                statuses = [ask(server, "/v2/", Host=host)[0].status for host in ("builder.example:5000", "x.example")]
            finally:
                server.shutdown()
        assert statuses == [200, 403]

    def test_memory_is_flat(self, tmp_path: Path) -> None:
        large = tmp_path / "path"
        large.mkdir()
        with (large / "file").open("wb") as file:
            file.truncate(1 << 28)
        layer = store_layer(large)
        with serving(layer) as server, connected(server) as connection:
            connection.request("GET", f"/v2/app/blobs/{layer.diff_id}")
            response = connection.getresponse()
            before, highest, received = resident(), 0, 0
            while piece := response.read(1 << 20):
                received += len(piece)
                highest = max(highest, resident())
        assert received == layer.size
        assert highest - before < 32 << 20


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_an_error_of_our_own_is_told_and_survived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Errors()
    with serving(tar_layer(tmp_path / "layer", LAYER), listener) as server:
        with monkeypatch.context() as patched:
            patched.setattr(server.registry, "answer", lambda *asked: 1 / 0)
            with pytest.raises(http.client.RemoteDisconnected):
                ask(server, "/v2/")
        wait_until(lambda: bool(listener.errors), "the error is told")
        assert "ZeroDivisionError" in str(listener.errors[0])
        assert ask(server, "/v2/")[0].status == 200
