"""Recipes that Nix builds: one build of an attribute at a time, and whoever else asks for it waits for that one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import count
from threading import Event, Lock

from .. import process
from ..errors import NotFound, ProgramFailed
from .client import with_remedy

# What nix-build says of an attribute that is not there, and what `nix build` says.
_UNKNOWN = re.compile(r"in selection path '.*' not found|does not provide attribute")
# Nix ends with the derivations that could not be built because another one failed.
_CONSEQUENCE = re.compile(r"dependenc(y|ies) of derivation")


@dataclass(frozen=True, slots=True)
class NixSource:
    """Where attributes are: a file with a Nix expression, or a flake (its reference). options: more of Nix's."""

    place: str
    is_flake: bool
    options: Sequence[str] = ()

    def command(self, attribute: str, link: str) -> list[str]:
        """The command line that builds an attribute and leaves a link to it, which keeps it from Nix's collector."""
        if self.is_flake:
            flakes = ("--extra-experimental-features", "nix-command flakes")
            return ["nix", "build", *flakes, *self.options, "--out-link", link, f"{self.place}#{attribute}"]
        return ["nix-build", *self.options, "--out-link", link, os.path.abspath(self.place), "--attr", attribute]


class NixBuilds:
    """Builds attributes of one source, for several threads.

    links: a directory for links to the results. note: told what is built, and what went wrong.
    """

    def __init__(self, source: NixSource, links: str, note: Callable[[str], None]) -> None:
        self._source = source
        self._links = links
        self._note = note
        self._numbers = count()
        self._running: dict[str, Future[str]] = {}
        self._lock = Lock()
        self._closed = Event()

    def build(self, attribute: str) -> str:
        """The store path of an attribute as it is now, or as the build that is running already makes it.

        Raises NotFound where there is no such attribute, ProgramFailed with Nix's own reason where it cannot be built.
        """
        with self._lock:
            running = self._running.get(attribute)
            result = running or Future[str]()
            self._running[attribute] = result
        if running is None:
            try:
                result.set_result(self._build(attribute))
            except BaseException as error:
                result.set_exception(error)
            finally:
                with self._lock:
                    del self._running[attribute]
        return result.result()

    def close(self) -> None:
        """End the builds that run, and wait until they have ended."""
        self._closed.set()
        with self._lock:
            running = list(self._running.values())
        for result in running:
            result.exception()

    def _build(self, attribute: str) -> str:
        link = os.path.join(self._links, str(next(self._numbers)))
        command = self._source.command(attribute, link)
        self._note(f"building {attribute}")
        program = process.start(command, stdin=process.DEVNULL, stdout=process.DEVNULL, stderr=process.PIPE)
        _, messages = process.communicate(program, self._closed.is_set)
        if program.returncode:
            text = messages.decode(errors="replace")
            error = _failure(text, attribute, self._source.place)
            self._note(f"{error}\n{text.rstrip()}")  # the client is told the line alone
            raise error
        return os.path.realpath(link)


def _failure(messages: str, attribute: str, place: str) -> NotFound | ProgramFailed:
    if _UNKNOWN.search(messages):
        return NotFound(f"there is no attribute {attribute}", place, "an image has one called `recipe`")
    return ProgramFailed(f"Nix cannot build {attribute}", place, with_remedy(reason(messages)))


def reason(messages: str) -> str:
    """The line of Nix's messages that says most: of nixdock's own errors, or else of Nix's, the last.

    Consequences of another error do not count.
    """
    lines = [line.strip().removeprefix("> ") for line in messages.splitlines() if line.strip()]
    ours = [line for line in lines if line.startswith("nixdock: error: ")]
    errors = [line for line in lines if line.startswith("error: ") and not _CONSEQUENCE.search(line)]
    return (ours or errors or lines or ["it did not say why"])[-1].rpartition("error: ")[2]
