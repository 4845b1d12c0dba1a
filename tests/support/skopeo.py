"""The unpatched skopeo, as tests call it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

from .tools import output

# skopeo remembers in one file which registry has which blob; here it finds an empty directory.
_EMPTY_CACHE = """
mkdir -p /var/lib/containers/cache
mount -t tmpfs none /var/lib/containers/cache
exec "$@"
"""
WITHOUT_MEMORY = ("unshare", "--mount", "sh", "-euc", _EMPTY_CACHE, "sh")
"""In front of a command, as root: it runs as on a machine that never pushed anything."""


@dataclass(frozen=True)
class Skopeo:
    """skopeo without a signature policy and without TLS; locations as in `docker-archive:/file`, `docker://host/name`."""

    program: str

    def copy(self, source: str, destination: str, *options: str) -> None:
        sides = {"src": source, "dest": destination}
        insecure = [f"--{side}-tls-verify=false" for side, place in sides.items() if place.startswith("docker://")]
        # What it remembers of another test's push it would name in place of what it is given, zstd for gzip even.
        start = [*(WITHOUT_MEMORY if os.geteuid() == 0 else ()), self.program]
        output(*start, "--insecure-policy", "copy", "--quiet", *insecure, *options, source, destination)

    def inspect(self, location: str, *options: str) -> dict[str, Any]:
        """`skopeo inspect`, parsed; with `--config` the image's configuration, with `--raw` its manifest."""
        insecure = ["--tls-verify=false"] if location.startswith("docker://") else []
        return dict(json.loads(output(self.program, "inspect", *insecure, *options, location)))
