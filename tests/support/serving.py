"""`nixdock serve` as a process of its own, as a user runs it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .command import COMMAND, command_environment
from .server import stop


@dataclass(frozen=True)
class Serving:
    """references: what it says can be pulled. host: 127.0.0.1:PORT."""

    process: subprocess.Popen[bytes]
    references: list[str]
    log: Path

    @property
    def host(self) -> str:
        return self.references[0].partition("/")[0]


@contextmanager
def serving(
    log: Path, *recipes: Path, options: tuple[str, ...] = (), environment: Mapping[str, str] | None = None
) -> Iterator[Serving]:
    """A server while the block runs; its messages go to `log`. Without recipes it says one line: where it listens.

    environment: what is changed in this process's own.
    """
    with log.open("wb") as messages:
        process = subprocess.Popen(
            [*COMMAND, "serve", *recipes, *options],
            stdout=subprocess.PIPE,
            stderr=messages,
            env=command_environment(**environment or {}),
        )
    try:
        assert process.stdout
        references = [process.stdout.readline().decode().strip() for _ in recipes or ("",)]
        assert all(references), log.read_text()
        yield Serving(process, references, log)
    finally:
        stop(process)
        assert process.stdout
        process.stdout.close()
