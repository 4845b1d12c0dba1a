"""The programs that the matrix starts, and what it asks of each: the one seam between ways and runtimes."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.tools import need, output

_PATIENCE = "120"
"""Seconds: every command here is one of a few seconds; docker tries for a minute to get what is not there."""
PROGRAM = ("/bin/busybox", "cat", "/version")
"""What the images run, for clients that do not look into the image's config."""


class Unsupported(Exception):
    """The runtime has nothing of this kind, so that its cell stays empty."""


@dataclass(frozen=True)
class Client:
    """A program with the options that come before each of its commands."""

    program: str
    options: tuple[str, ...] = ()

    def __call__(self, *arguments: str | Path) -> str:
        """Run a command; returns its stdout. Raises AssertionError where it fails or takes too long."""
        return output(need("timeout"), _PATIENCE, need(self.program), *self.options, *arguments).decode()

    def fed_by(self, source: tuple[str | Path, ...], *arguments: str) -> str:
        """`SOURCE | PROGRAM ARGUMENTS`; both have to succeed."""
        with subprocess.Popen([str(word) for word in source], stdout=subprocess.PIPE) as stream:
            command = [need("timeout"), _PATIENCE, need(self.program), *self.options, *arguments]
            done = subprocess.run(command, stdin=stream.stdout, capture_output=True, check=False)
            assert stream.stdout
            stream.stdout.close()
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        assert stream.returncode == 0, f"{source[0]} failed with status {stream.returncode}"
        return done.stdout.decode()

    def version(self, *arguments: str) -> str:
        """The first thing that looks like a version in what a command prints."""
        [found] = re.findall(r"\d+\.\d+\.\d+", self(*(arguments or ("--version",))))[:1]
        return str(found)


class Runtime:
    """A place for images, with its client. What a subclass leaves as it is here, it does not support."""

    label: str
    """Program, version and, where there are several, the kind of store."""
    destination: tuple[str, tuple[str, ...]] | None = None
    """Of `nixdock copy`: its words up to the image's name, and the client's options."""

    def load(self, file: Path) -> None:
        """Take the image of an archive, a docker-archive or an OCI one that has a manifest.json, too."""
        raise Unsupported

    def load_stream(self, *program: str | Path) -> None:
        """Take the image of an archive that a program writes."""
        raise Unsupported

    def open_layout(self, directory: Path, tag: str) -> str:
        """Take an image of an OCI layout; returns the name that it has then."""
        raise Unsupported

    def pull(self, reference: str) -> None:
        """Take an image from a registry on 127.0.0.1."""
        raise Unsupported

    def has(self, name: str) -> bool:
        """Whether an image is called NAME:TAG."""
        raise Unsupported

    def run(self, name: str) -> str:
        """What the image's program prints."""
        raise Unsupported

    def save(self, name: str, file: Path) -> None:
        """Write an image as an archive with a manifest.json."""
        raise Unsupported

    def push(self, name: str, reference: str) -> None:
        """Copy an image to a registry on 127.0.0.1, as NAME:TAG there."""
        raise Unsupported

    def clear(self) -> None:
        """Forget all images."""
        raise NotImplementedError
