"""One suite's columns, filled in that suite: every way with every runtime that is there.

    python3 -m tests.matrix.cells [--way WORDS] [--runtime WORDS] IMAGES     IMAGES: what Nix built of images.nix

Writes each cell as a line of JSON to stdout when it is known.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import asdict
from pathlib import Path

from tests.support.registry import registry_server

from .cell import examine
from .client import Runtime, Unsupported
from .runtimes import buildah, containerd, docker, podman
from .subject import Subject
from .tools import SkopeoRuntime, UmociRuntime, crane
from .ways import WAYS, Place, Way

Opened = Callable[[Path], AbstractContextManager[Runtime]]
RUNTIMES: tuple[tuple[str, Opened], ...] = (
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


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that choose rows and columns."""
    parser.add_argument("--way", default="", metavar="WORDS", help="only ways with these words in their label")
    parser.add_argument(
        "--runtime", default="", metavar="WORD", help="only runtimes whose program has this in its name"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    add_filters(parser)
    parser.add_argument("images", type=Path)
    options = parser.parse_args()
    subject = Subject.read(options.images)
    ways = [way for way in WAYS if options.way in way.label]
    for program, opened in RUNTIMES:
        if options.runtime not in program or not shutil.which(program):
            continue
        with tempfile.TemporaryDirectory(prefix="nixdock-matrix.") as directory, suppress(Unsupported):
            fill(opened, ways, subject, Path(directory))


def fill(opened: Opened, ways: Sequence[Way], subject: Subject, directory: Path) -> None:
    """Write one column. Raises Unsupported where there is none."""
    places = [directory / name for name in ("registry", "runtime")]
    for place in places:
        place.mkdir()
    with registry_server(places[0]) as registry, opened(places[1]) as runtime:
        shared = Place(directory, registry, subject)
        for way in ways:
            cell = examine(runtime, way, shared)
            print(json.dumps({"runtime": runtime.label, "way": way.label, "cell": cell and asdict(cell)}), flush=True)


if __name__ == "__main__":
    main()
