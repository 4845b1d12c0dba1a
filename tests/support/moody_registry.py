"""A registry on 127.0.0.1 that keeps what it gets in memory, and misbehaves as registries of this world do."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from nixdock_hook.registries.access import Access
from nixdock_hook.registries.upload import Repository

INDEX = "application/vnd.oci.image.index.v1+json"
USER, PASSWORD, IDENTITY = "me", "secret", "identity-token"
BASIC = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()


_OPEN: list[Repository] = []


def opened(name: str, access: Access) -> Repository:
    """Open a repository, until `close_all`."""
    _OPEN.append(Repository(name, access))
    return _OPEN[-1]


def close_all() -> None:
    while _OPEN:
        _OPEN.pop().close()


@dataclass
class Moody:
    """What it does, and what it has got.

    busy: the next so many requests get `busy_status`, with this Retry-After. drops: of so many uploads the connection
    breaks. stale: so many uploads are forgotten before their PUT. most: larger bodies are refused (413).
    mount: status of a POST that mounts. elsewhere: HOST:PORT to which uploads are sent. auth: "", "basic" or "token".
    life: seconds of a token. no_refresh: the token server takes GET alone. immutable: a tag never changes.
    redirect: URL in front of the path to which who reads a blob is sent. hang_up: no connection is kept, unannounced.
    scripted: METHOD, pattern of the path, status and headers of an answer that is given once instead of the usual one.
    lists: it has the list of referrers. forgets: so many indexes that are put are another client's at once.
    """

    host: str
    busy: int = 0
    busy_status: int = 429
    retry_after: str | None = "0"
    drops: int = 0
    stale: int = 0
    most: int = 1 << 40
    mount: int = 201
    elsewhere: str = ""
    auth: str = ""
    life: int = 300
    no_refresh: bool = False
    redirect: str = ""
    hang_up: bool = False
    immutable: bool = False
    lists: bool = False
    forgets: int = 0
    scripted: list[tuple[str, str, int, dict[str, str]]] = field(default_factory=list)
    blobs: dict[tuple[str, str], bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, method: str, pattern: str) -> int:
        """How many requests there were."""
        return sum(done == method and re.search(pattern, path) is not None for done, path in self.asked)

    def layers(self, name: str, tag: str) -> list[dict[str, Any]]:
        """The layers that a tag names."""
        return list(json.loads(self.manifests[name, tag][1])["layers"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    moody: Moody
    numbers = count()

    def setup(self) -> None:
        super().setup()
        self.moody.connections += 1

    def do_GET(self) -> None:
        path, query, body = self._read()
        if path == "/token":
            self._token(query)
        elif self._is_welcome():
            if found := re.fullmatch(r"/v2/(.+)/manifests/(.+)", path):
                kept = self.moody.manifests.get((found[1], found[2]))
                if kept:
                    self._say(200, kept[1], {"Content-Type": kept[0]})
                else:
                    self._error(404, "MANIFEST_UNKNOWN")
            elif self.moody.redirect and "/blobs/" in path:
                self._say(307, b"", {"Location": self.moody.redirect + path})
            elif found := re.fullmatch(r"/v2/(.+)/blobs/(.+)", path):
                blob = self.moody.blobs.get((found[1], found[2]))
                self._say(404 if blob is None else 200, blob or b"")
            elif found := re.fullmatch(r"/v2/(.+)/referrers/(.+)", path):
                self._referrers(found[1], found[2])
            else:
                self._say(200, b"{}")

    def _referrers(self, name: str, digest: str) -> None:
        if not self.moody.lists:
            self._error(404, "UNSUPPORTED")
            return
        referring = []
        for (repository, reference), (kind, data) in self.moody.manifests.items():
            value = json.loads(data)
            if repository == name and value.get("subject", {}).get("digest") == digest:
                kept = {"mediaType": kind, "digest": reference, "size": len(data)}
                referring.append({**kept, "artifactType": value["artifactType"]})
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": referring}
        self._say(200, json.dumps(index).encode(), {"Content-Type": INDEX})

    do_HEAD = do_GET

    def do_POST(self) -> None:
        path, query, body = self._read()
        if path == "/token":
            self._token(parse_qs(body.decode()))
        elif self._is_welcome() and (found := re.fullmatch(r"/v2/(.+)/blobs/uploads/", path)):
            source = query.get("from", [""])[0], query.get("mount", [""])[0]
            if "mount" in query and self.moody.mount != 202:
                if self.moody.mount == 201 and source in self.moody.blobs:
                    self.moody.blobs[found[1], source[1]] = self.moody.blobs[source]
                    self._say(201, b"")
                    return
                if self.moody.mount != 201:
                    self._error(self.moody.mount, "DENIED")
                    return
            self._upload(found[1])

    def _upload(self, name: str) -> None:
        number = str(next(self.numbers))
        self.moody.uploads[number] = bytearray()
        place = f"/v2/{name}/blobs/uploads/{number}?state=x"
        if self.moody.elsewhere:
            place = f"http://{self.moody.elsewhere}{place}"
        self._say(202, b"", {"Location": place, "Range": "0-0"})

    def do_PATCH(self) -> None:
        path, _, body = self._read()
        number = path.rpartition("/")[2]
        if self._is_welcome():
            if len(body) > self.moody.most:
                self._error(413, "SIZE_INVALID")
                return
            begin = int(self.headers["Content-Range"].partition("-")[0])
            assert begin == len(self.moody.uploads[number])
            self.moody.uploads[number] += body
            self._say(202, b"", {"Location": f"{path}?state={begin}"})

    def do_PUT(self) -> None:
        path, query, body = self._read()
        if not self._is_welcome():
            return
        if found := re.fullmatch(r"/v2/(.+)/blobs/uploads/(.+)", path):
            self._end(found[1], found[2], query["digest"][0], body)
        elif found := re.fullmatch(r"/v2/(.+)/manifests/(.+)", path):
            self._manifest(found[1], found[2], body)

    def _end(self, name: str, number: str, digest: str, body: bytes) -> None:
        with self.moody.lock:
            drops, self.moody.drops = self.moody.drops > 0, max(0, self.moody.drops - 1)
            stale, self.moody.stale = self.moody.stale > 0, max(0, self.moody.stale - 1)
        if drops:
            self.close_connection = True
        elif stale:
            self._error(404, "BLOB_UPLOAD_UNKNOWN")
        elif len(body) > self.moody.most:
            self._error(413, "SIZE_INVALID")
        else:
            data = bytes(self.moody.uploads.pop(number, b"")) + body
            if digest == f"sha256:{hashlib.sha256(data).hexdigest()}":
                self.moody.blobs[name, digest] = data
                self._say(201, b"")
            else:
                self._error(400, "DIGEST_INVALID")

    def _manifest(self, name: str, reference: str, data: bytes) -> None:
        value = json.loads(data)
        named = [value["config"], *value["layers"]] if "config" in value else []
        if any((name, blob["digest"]) not in self.moody.blobs for blob in named):
            self._error(400, "MANIFEST_BLOB_UNKNOWN")
        elif self.moody.immutable and (name, reference) in self.moody.manifests:
            self._error(409, "TAG_INVALID")
        elif self.moody.forgets and "manifests" in value:
            self.moody.forgets -= 1
            other = {"mediaType": INDEX, "digest": "sha256:" + 64 * "0", "size": 1}
            self.moody.manifests[name, reference] = INDEX, json.dumps({**value, "manifests": [other]}).encode()
            self._say(201, b"")
        else:
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            for known in (reference, digest):
                self.moody.manifests[name, known] = self.headers["Content-Type"], data
            self._say(201, b"", {"Docker-Content-Digest": digest})

    def _read(self) -> tuple[str, dict[str, list[str]], bytes]:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        self.moody.asked.append((self.command, self.path))
        self.moody.authorizations.append(self.headers.get("Authorization", ""))
        return url.path, parse_qs(url.query), body

    def _is_welcome(self) -> bool:
        """Whether it is answered at all; else it was told why not."""
        if self._is_scripted():
            return False
        with self.moody.lock:
            busy, self.moody.busy = self.moody.busy > 0, max(0, self.moody.busy - 1)
        if busy:
            after = {} if self.moody.retry_after is None else {"Retry-After": self.moody.retry_after}
            self._say(self.moody.busy_status, b"later", after)
            return False
        said = self.headers.get("Authorization", "")
        if self.moody.auth == "basic" and said != BASIC:
            self._say(401, b"{}", {"WWW-Authenticate": 'Basic realm="tests"'})
            return False
        if self.moody.auth == "token" and said.removeprefix("Bearer ") not in self.moody.tokens:
            realm = f"http://{self.moody.host}/token"
            challenge = f'Bearer realm="{realm}",service="tests",scope="repository:any:pull"'
            self._say(401, b"{}", {"WWW-Authenticate": challenge})
            return False
        return True

    def _is_scripted(self) -> bool:
        for entry in self.moody.scripted:
            method, pattern, status, headers = entry
            if method == self.command and re.search(pattern, self.path):
                self.moody.scripted.remove(entry)
                self._say(status, b'{"errors": [{"code": "SCRIPTED"}]}', headers)
                return True
        return False

    def _token(self, query: dict[str, list[str]]) -> None:
        if self._is_scripted():
            return
        if self.command == "POST" and self.moody.no_refresh:
            self._error(404, "UNSUPPORTED")
        elif self.headers.get("Authorization") != BASIC and query.get("refresh_token") != [IDENTITY]:
            self._error(401, "UNAUTHORIZED")
        else:
            token = f"token-{len(self.moody.tokens)}"
            self.moody.tokens.append(token)
            self._say(200, json.dumps({"token": token, "expires_in": self.moody.life}).encode())

    def _error(self, status: int, code: str) -> None:
        self._say(status, json.dumps({"errors": [{"code": code}]}).encode())

    def _say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.close_connection = self.close_connection or self.moody.hang_up

    def log_message(self, format: str, *arguments: object) -> None:
        """Be silent."""


@contextmanager
def moody_registry(**moods: Any) -> Iterator[Moody]:
    """A registry that runs while the block does."""

    class Handler(_Handler):
        """Of this server alone."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        moody = Handler.moody = Moody(f"127.0.0.1:{server.server_port}", **moods)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield moody
        finally:
            server.shutdown()
            thread.join()
