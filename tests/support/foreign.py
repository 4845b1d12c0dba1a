"""An image from elsewhere, with a shell and without anything of Nix, so that a fixed-output derivation may hold it.

Each is made once more in every run, with bytes nobody has seen: Nix fetches nothing twice.
"""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from .images import Files, docker_archive, layer
from .skopeo import Skopeo
from .tools import need, output


def shell_layer() -> bytes:
    """The machine's busybox as /bin/sh, with the libraries that it loads where it looks for them."""
    busybox = need("busybox")
    libraries = re.findall(r"(?m)^\s*(?:\S+ => )?(/\S+) \(", output(need("ldd"), busybox).decode())
    files: dict[str, bytes | str | None] = {"bin/busybox": Path(busybox).read_bytes(), "bin/sh": "busybox"}
    return layer(files | {name.lstrip("/"): Path(name).read_bytes() for name in libraries})


def foreign_archive(path: Path, extra: Files | None = None) -> Path:
    """A docker-archive of two layers, the second of which is new in every run (/marker) and has `extra` too."""
    marker = layer({"marker": uuid.uuid4().hex.encode(), **(extra or {})})
    return docker_archive(path, [shell_layer(), marker], config={"Env": ["WHO=base"], "Cmd": ["/bin/sh"]})


def push(skopeo: Skopeo, archive: Path, reference: str, *options: str) -> None:
    """Copy a docker-archive to a registry, as OCI or as docker's schema 2 (the default)."""
    skopeo.copy(f"docker-archive:{archive}", f"docker://{reference}", *options)
