"""A containerd of our own, and its client ctr; containers have no network but their own loopback."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .server import running
from .tools import need, need_root, output


@dataclass(frozen=True)
class Containerd:
    """directory: all that it writes is there. options: of every command of its client."""

    directory: Path

    @property
    def options(self) -> tuple[str, ...]:
        return ("--address", str(self.directory / "socket"))

    def __call__(self, *arguments: str | Path) -> str:
        """Any command of ctr; returns its stdout."""
        return output(need("ctr"), *self.options, *arguments).decode()

    def run(self, image: str, *command: str, options: tuple[str, ...] = ()) -> str:
        """Run a container of an image under its whole name (docker.io/library/…) and return what it printed.

        By way of a file: what a container prints to ctr itself is lost where it ends as soon as it began.
        """
        log = self.directory / "printed"
        log.unlink(missing_ok=True)
        self("run", "--rm", "--log-uri", f"file://{log}", *options, image, "one", *command)
        return log.read_text()


@contextmanager
def containerd_daemon() -> Iterator[Containerd]:
    """containerd with everything it writes below one temporary directory, removed at the end."""
    need_root("containerd")
    # Not below pytest's temporary directory: a socket's path has at most 107 bytes.
    directory = Path(tempfile.mkdtemp(prefix="nixdock-ctr."))
    daemon = Containerd(directory)
    settings = f'version = 2\nroot = "{directory}/root"\nstate = "{directory}/state"\n'
    (directory / "config.toml").write_text(f'{settings}[grpc]\naddress = "{directory}/socket"\n')

    def answers() -> bool:
        with suppress(AssertionError):
            daemon("version")
            return True
        return False

    try:
        with running([need("containerd"), "--config", f"{directory}/config.toml"], directory / "log", answers):
            yield daemon
    finally:
        shutil.rmtree(directory, ignore_errors=True)  # a mount may be left, where it was ended
