"""A real registry (Debian's docker-registry, or the distribution that $NIXDOCK_TEST_REGISTRY names) on 127.0.0.1."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from .server import running
from .tools import need, output

# Port 0: the kernel picks a free one and the registry tells which in its log.
_CONFIGURATION = """\
version: 0.1
log: {{ level: info }}
storage: {{ filesystem: {{ rootdirectory: {root} }}, delete: {{ enabled: true }} }}
http: {{ addr: "127.0.0.1:{port}"{tls} }}
"""
_TLS = ', tls: {{ certificate: "{certificate}", key: "{key}"{clients} }}'
_CLIENTS = ', clientcas: ["{certificate}"]'
_CACHE = 'proxy: {{ remoteurl: "http://{host}" }}\n'
_TOKENS = """\
auth: {{ token: {{ realm: "{realm}", service: "{service}", issuer: "{issuer}", rootcertbundle: "{certificate}" }} }}
"""
_LOGIN = "auth: {{ htpasswd: {{ realm: tests, path: {file} }} }}\n"

_MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")

USER, PASSWORD = "user", "secret"
# bcrypt, the only kind that docker-registry takes; Python 3.13 can no longer make one.
_HTPASSWD = "user:$2b$04$hLQSL/sZLZVJWgtZpXHxU.wx1XbMVlZR34FuuLgjc2pCW9NL77I5a\n"


@dataclass(frozen=True)
class Registry:
    """A registry that accepts pushes. `host` is 127.0.0.1:PORT, which docker may use without TLS.

    directory: where its blobs are. log: its own messages, one line for each request among them.
    """

    host: str
    directory: Path
    log: Path

    def manifest(self, name: str, reference: str) -> dict[str, Any]:
        """The manifest as the registry serves it, OCI or docker schema 2."""
        url = f"http://{self.host}/v2/{name}/manifests/{reference}"
        request = Request(url, headers={"Accept": ", ".join(_MANIFESTS)})
        with urlopen(request, timeout=10) as response:
            return dict(json.load(response))

    def requests(self, method: str = "GET") -> list[str]:
        """The paths that were asked for with success, in order."""
        found = re.findall(rf'"{method} (\S+) HTTP/[\d.]+" 2\d\d ', self.log.read_text())
        return [str(path) for path in found]

    def uploads(self) -> int:
        """How many blobs were sent so far, configs included."""
        whole = [path for path in self.requests("PUT") if "/blobs/uploads/" in path]
        return len(whole)

    def blob_file(self, digest: str) -> Path:
        """Where the registry keeps the bytes of a blob or manifest."""
        name = digest.removeprefix("sha256:")
        return self.directory / "docker/registry/v2/blobs/sha256" / name[:2] / name / "data"


def write_auth_file(path: Path, registry: Registry, password: str = PASSWORD) -> Path:
    """Write what `skopeo login --authfile` would for USER; returns its path."""
    auth = base64.b64encode(f"{USER}:{password}".encode()).decode()
    path.write_text(json.dumps({"auths": {registry.host: {"auth": auth}}}))
    return path


@dataclass(frozen=True)
class Certificate:
    """A self-signed one, which is its own CA; both files are PEM."""

    file: Path
    key: Path


def make_certificate(directory: Path, subject: str = "IP:127.0.0.1") -> Certificate:
    """A certificate that nobody trusts but who is given its file. subject: IP:ADDRESS or DNS:NAME."""
    made = Certificate(directory / "certificate.pem", directory / "key.pem")
    name = ("-subj", "/CN=tests", "-addext", f"subjectAltName={subject}")
    files = ("-keyout", made.key, "-out", made.file)
    output(need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name, *files)
    return made


@contextmanager
def registry_server(
    directory: Path,
    *,
    login: bool = False,
    tokens: Mapping[str, str] | None = None,
    certificate: Certificate | None = None,
    clients: Certificate | None = None,
    cache_of: str = "",
    port: int = 0,
) -> Iterator[Registry]:
    """A registry that keeps its blobs below `directory`.

    login: it serves USER with PASSWORD only. tokens: it wants those of a server (realm, service, issuer, certificate).
    certificate: it speaks TLS; clients: with those alone that have this certificate.
    cache_of: HOST:PORT of another registry, of which it is a pull-through cache.
    """
    configuration, log = directory / "config.yml", directory / "log"
    only = _CLIENTS.format(certificate=clients.file) if clients else ""
    tls = _TLS.format(certificate=certificate.file, key=certificate.key, clients=only) if certificate else ""
    text = _CONFIGURATION.format(root=directory / "blobs", tls=tls, port=port)
    if login:
        (directory / "htpasswd").write_text(_HTPASSWD)
        text += _LOGIN.format(file=directory / "htpasswd")
    if tokens:
        text += _TOKENS.format(**tokens)
    if cache_of:
        text += _CACHE.format(host=cache_of)
    configuration.write_text(text)

    def address() -> re.Match[str] | None:
        return re.search(r"listening on (127\.0\.0\.1:\d+)", log.read_text())

    program = os.environ.get("NIXDOCK_TEST_REGISTRY") or need("docker-registry")
    with running([program, "serve", str(configuration)], log, lambda: address() is not None):
        listening = address()
        assert listening
        yield Registry(listening[1], directory / "blobs", log)


def put_manifest(registry: Registry, name: str, tag: str, media_type: str, data: bytes) -> str:
    """Put a manifest, or an index of what is there, at NAME:TAG as it is; returns its digest."""
    url = f"http://{registry.host}/v2/{name}/manifests/{tag}"
    with urlopen(Request(url, data, {"Content-Type": media_type}, method="PUT"), timeout=10):
        return f"sha256:{hashlib.sha256(data).hexdigest()}"


def put_index(registry: Registry, reference: str, images: Mapping[str, str]) -> str:
    """Put an index of images (OS/ARCHITECTURE[/VARIANT] → digest) that are there at NAME:TAG; returns its digest."""
    name, _, tag = reference.rpartition(":")
    manifests = []
    for platform, digest in images.items():
        data = registry.blob_file(digest).read_bytes()
        parts = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
        entry = {"mediaType": json.loads(data)["mediaType"], "digest": digest, "size": len(data), "platform": parts}
        manifests.append(entry)
    media_type = "application/vnd.docker.distribution.manifest.list.v2+json"
    value = {"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}
    return put_manifest(registry, name, tag, media_type, json.dumps(value).encode())
