"""A small forward proxy on 127.0.0.1, for plain HTTP. It finds every host at 127.0.0.1."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Proxy:
    """requests: the URLs that it was asked for, in order."""

    url: str
    requests: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.requests.append(self.path)  # type: ignore[attr-defined]
        url = urlsplit(self.path)
        connection = HTTPConnection("127.0.0.1", url.port or 80, timeout=10)
        try:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "proxy-connection"}
            connection.request(self.command, f"{url.path}?{url.query}" if url.query else url.path, sent, headers)
            answer = connection.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        finally:
            connection.close()

    do_HEAD = do_POST = do_PUT = do_GET

    def do_CONNECT(self) -> None:
        """TLS is not what this is for: clients fall back to plain HTTP, where they may."""
        self.send_error(502)

    def log_message(self, format: str, *arguments: object) -> None:
        """Be silent."""


@contextmanager
def proxy_server() -> Iterator[Proxy]:
    """A proxy that runs while the block does."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        proxy = Proxy(f"http://127.0.0.1:{server.server_port}")
        server.requests = proxy.requests  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
