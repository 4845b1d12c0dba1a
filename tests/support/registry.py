"""A real registry (Debian's docker-registry) on 127.0.0.1."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from .server import running
from .tools import need

# Port 0: the kernel picks a free one and the registry tells which in its log.
_CONFIGURATION = """\
version: 0.1
log: {{ level: info }}
storage: {{ filesystem: {{ rootdirectory: {root} }}, delete: {{ enabled: true }} }}
http: {{ addr: "127.0.0.1:0" }}
"""

_MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")


@dataclass(frozen=True)
class Registry:
    """A registry that accepts pushes. `host` is 127.0.0.1:PORT, which docker may use without TLS."""

    host: str

    def manifest(self, name: str, reference: str) -> dict[str, Any]:
        """The manifest as the registry serves it, OCI or docker schema 2."""
        url = f"http://{self.host}/v2/{name}/manifests/{reference}"
        request = Request(url, headers={"Accept": ", ".join(_MANIFESTS)})
        with urlopen(request, timeout=10) as response:
            return dict(json.load(response))


@contextmanager
def registry_server(directory: Path) -> Iterator[Registry]:
    """A registry that keeps its blobs below `directory`."""
    configuration, log = directory / "config.yml", directory / "log"
    configuration.write_text(_CONFIGURATION.format(root=directory / "blobs"))

    def address() -> re.Match[str] | None:
        return re.search(r"listening on (127\.0\.0\.1:\d+)", log.read_text())

    with running([need("docker-registry"), "serve", str(configuration)], log, lambda: address() is not None):
        listening = address()
        assert listening
        yield Registry(listening[1])
