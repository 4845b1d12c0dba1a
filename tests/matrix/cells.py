"""One suite's columns, filled in that suite: every way with every runtime that is there.

    python3 -m tests.matrix.cells IMAGES [WORDS]     IMAGES: what Nix built of images.nix; WORDS: of a way's label

Writes each cell as a line of JSON to stdout when it is known.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path

from tests.support.registry import registry_server

from .cell import examine
from .client import Runtime
from .runtimes import buildah, containerd, docker, podman
from .subject import Subject
from .tools import SkopeoRuntime, UmociRuntime, crane
from .ways import WAYS, Place

RUNTIMES: tuple[tuple[str, Callable[[Path], AbstractContextManager[Runtime]]], ...] = (
    ("dockerd", lambda _: docker("overlay2")),
    ("dockerd", lambda _: docker("containerd")),
    ("podman", lambda _: podman()),
    ("containerd", lambda _: containerd()),
    ("buildah", lambda _: buildah()),
    ("skopeo", lambda directory: nullcontext(SkopeoRuntime(directory))),
    ("crane", crane),
    ("umoci", lambda directory: nullcontext(UmociRuntime(directory))),
)
"""The program that a column needs, and how to start it, with a directory of its own."""


def main() -> None:
    subject, words = Subject.read(Path(sys.argv[1])), " ".join(sys.argv[2:])
    ways = [way for way in WAYS if words in way.label]
    for program, opened in RUNTIMES:
        if not shutil.which(program):
            continue
        with tempfile.TemporaryDirectory(prefix="nixdock-matrix.") as temporary:
            directory = Path(temporary)
            for name in ("registry", "runtime"):
                (directory / name).mkdir()
            with registry_server(directory / "registry") as registry, opened(directory / "runtime") as runtime:
                place = Place(directory, registry, subject)
                for way in ways:
                    cell = examine(runtime, way, place)
                    shown = {"runtime": runtime.label, "way": way.label, "cell": cell and asdict(cell)}
                    print(json.dumps(shown), flush=True)


main()
