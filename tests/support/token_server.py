"""A token server as docker's specification has it: a real registry checks its tokens, which are JWTs."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from .registry import PASSWORD, USER, Certificate
from .tools import need

SERVICE, ISSUER = "tests", "tests' issuer"


@dataclass
class TokenServer:
    """realm: its URL. asked: the scopes of each question. life: seconds that a token is good for."""

    realm: str
    certificate: Certificate
    life: int = 300
    asked: list[list[str]] = field(default_factory=list)

    def token(self, scopes: list[str]) -> str:
        """A token that allows all that was asked for."""
        lines = self.certificate.file.read_text().splitlines()
        chain = "".join(line for line in lines if not line.startswith("-"))
        header = {"typ": "JWT", "alg": "RS256", "x5c": [chain]}
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": SERVICE,
            "sub": USER,
            "nbf": now - 10,
            "iat": now,
            "exp": now + self.life,
            "jti": str(len(self.asked)),
            "access": [_access(scope) for scope in scopes],
        }
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
        command = [need("openssl"), "dgst", "-sha256", "-sign", str(self.certificate.key)]
        signature = subprocess.run(command, input=signed.encode(), capture_output=True, check=True).stdout
        return f"{signed}.{_encoded(signature)}"


def _access(scope: str) -> dict[str, object]:
    kind, name, actions = scope.split(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class _Handler(BaseHTTPRequestHandler):
    known: TokenServer

    def do_GET(self) -> None:
        scopes = parse_qs(urlsplit(self.path).query).get("scope", [])
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {login}":
            self.send_error(401)
            return
        self.known.asked.append(scopes)
        body = json.dumps({"token": self.known.token(scopes), "expires_in": self.known.life}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Be silent."""


@contextmanager
def token_server(certificate: Certificate) -> Iterator[TokenServer]:
    """A server that runs while the block does; it signs with the certificate's key."""

    class Handler(_Handler):
        """Of this server alone."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Handler.known = TokenServer(f"http://127.0.0.1:{server.server_port}/token", certificate)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Handler.known
        finally:
            server.shutdown()
            thread.join()
