"""Recipes that Nix builds: a few at a time, each attribute once, and only while somebody waits for it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event, Lock

from .. import process
from ..clients import with_remedy
from ..errors import Busy, NixdockError, NotFound, ProgramFailed

# What nix-build and nix-instantiate say of an attribute that is not there, and what `nix build` and `nix eval` say.
_UNKNOWN = re.compile(r"in selection path '.*' not found|does not provide attribute")
# What has no attributes is no derivation: a list of images, for instance, whose first is the attribute 0.
_NO_SET = re.compile(r"should be a set but is")
# Nix ends with the derivations that could not be built because another one failed.
_CONSEQUENCE = re.compile(r"dependenc(y|ies) of derivation")

JOBS = 2
"""Nix processes at once: each builds in parallel by itself, and takes up to some GB of memory for its evaluation."""
MOST_WAITING = 64
"""Questions that wait for a build at once: half of what a server answers at once, so that blobs still move."""
_MOST_MESSAGES = 256 << 10  # bytes of Nix's messages that are kept: their end says what went wrong
_LOOK = 0.2  # seconds between two looks whether somebody still waits


@dataclass(frozen=True, slots=True)
class NixSource:
    """Where attributes are: a file with a Nix expression, or a flake (its reference). options: more of Nix's."""

    place: str
    is_flake: bool
    options: Sequence[str] = ()

    def command(self, attribute: str, link: str) -> list[str]:
        """Return the command line that builds an attribute and links to it, which keeps it from Nix's collector."""
        if self.is_flake:
            return ["nix", "build", *_FLAKES, *self.options, "--out-link", link, f"{self.place}#{attribute}"]
        return ["nix-build", *self.options, "--out-link", link, os.path.abspath(self.place), "--attr", attribute]

    def value_command(self, attribute: str) -> list[str]:
        """Return the command line that prints an attribute's value, a string. That of a file is printed in quotes."""
        if self.is_flake:
            return ["nix", "eval", *_FLAKES, *self.options, "--raw", f"{self.place}#{attribute}"]
        return ["nix-instantiate", "--eval", *self.options, os.path.abspath(self.place), "--attr", attribute]


_FLAKES = ("--extra-experimental-features", "nix-command flakes")


@dataclass(slots=True, eq=False)
class _Build:
    """A build that is queued or runs. waiting: how many questions wait for it. is_unwanted: set once none does."""

    attribute: str
    waiting: int = 0
    is_unwanted: Event = field(default_factory=Event)
    result: Future[str] = field(init=False)


class NixBuilds:
    """Builds attributes of one source, for several threads.

    links: a directory for a link to the last result of each attribute. note: told what is built, and what went wrong.
    jobs: how many builds run at once. most_waiting: how many questions may wait at once. waiting: how many do now.
    """

    def __init__(
        self,
        source: NixSource,
        links: str,
        note: Callable[[str], None],
        jobs: int = JOBS,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._source = source
        self._links = links
        self._note = note
        self._most_waiting = most_waiting
        self.waiting = 0
        self._current: dict[str, _Build] = {}
        self._lock = Lock()
        self._closed = Event()
        self._threads = ThreadPoolExecutor(jobs)

    def build(self, attribute: str, is_gone: Callable[[], bool]) -> str:
        """Return the store path of an attribute as it is now, or as the build that is under way already makes it.

        is_gone: asked meanwhile whether who wants it has gone away; a build that nobody waits for is ended.
        Raises NotFound where there is no such attribute, ProgramFailed with Nix's own reason where it cannot be built,
        Busy where too many wait already, ConnectionAbortedError once `is_gone`.
        """
        build = self._join(attribute)
        try:
            while not is_gone():
                if wait([build.result], _LOOK).done:
                    return build.result.result()
                if self._closed.is_set():
                    raise self._ending(attribute)
            raise ConnectionAbortedError("the client has gone away")
        finally:
            self._leave(build)

    def close(self) -> None:
        """End the builds that run, and wait until they have ended."""
        self._closed.set()
        self._threads.shutdown(cancel_futures=True)

    def _join(self, attribute: str) -> _Build:
        with self._lock:
            if self.waiting >= self._most_waiting:
                raise Busy(f"{self.waiting} questions wait for builds", "this registry", "try again later")
            if self._closed.is_set():
                raise self._ending(attribute)
            build = self._current.get(attribute)
            if build is None:
                build = self._current[attribute] = _Build(attribute)
                build.result = self._threads.submit(self._run, build)
            build.waiting += 1
            self.waiting += 1
            return build

    def _leave(self, build: _Build) -> None:
        with self._lock:
            build.waiting -= 1
            self.waiting -= 1
            if not build.waiting:
                self._remove(build)
                build.is_unwanted.set()
                build.result.cancel()

    def _remove(self, build: _Build) -> None:
        """Let the next question for the attribute be answered by a build of its own."""
        if self._current.get(build.attribute) is build:
            del self._current[build.attribute]

    def _run(self, build: _Build) -> str:
        def is_to_end() -> bool:
            return build.is_unwanted.is_set() or self._closed.is_set()

        try:
            self._note(f"building {build.attribute}")
            self._check_above(build.attribute, is_to_end)
            link = os.path.join(self._links, build.attribute)
            failed, said = self._nix(self._source.command(build.attribute, link), is_to_end)
            if is_to_end():
                self._note(f"ended building {build.attribute}: nobody waits for it")
                raise self._ending(build.attribute)
            if failed:
                raise self._failed(build.attribute, said)
            return os.path.realpath(link)
        finally:
            with self._lock:
                self._remove(build)

    def _check_above(self, attribute: str, is_to_end: Callable[[], bool]) -> None:
        """Refuse what an image, or another derivation, has as an attribute: it is a part of it, no image to serve."""
        parts = attribute.split(".")[:-1]  # less `recipe`
        for length in range(1 if self._source.is_flake else 0, len(parts)):
            above = ".".join([*parts[:length], "type"])
            failed, said = self._nix(self._source.value_command(above), is_to_end)
            if failed and not (_UNKNOWN.search(said) or _NO_SET.search(said) or is_to_end()):
                raise self._failed(attribute, said)
            if not failed and said.splitlines()[-1:] in (["derivation"], ['"derivation"']):
                what = f"{'.'.join(parts)} is a part of {'.'.join(parts[:length]) or 'an image'}"
                raise NotFound(what, self._source.place, "ask for the image itself")

    def _nix(self, command: Sequence[str], is_to_end: Callable[[], bool]) -> tuple[bool, str]:
        """Run Nix; return whether it failed, and the end of its messages, which what it printed comes after."""
        if is_to_end():
            return True, ""
        program = process.start(command, stdin=process.DEVNULL, stdout=process.PIPE, stderr=process.STDOUT)
        said, _ = process.communicate(program, is_to_end, _MOST_MESSAGES)
        return bool(program.returncode), said.decode(errors="replace")

    def _failed(self, attribute: str, messages: str) -> NixdockError:
        """Note Nix's messages, and return the error for the client, one line."""
        error = _failure(messages, attribute, self._source.place)
        self._note(f"{error}\n{messages.rstrip()}")
        return error

    def _ending(self, attribute: str) -> ProgramFailed:
        return ProgramFailed(f"{attribute} was not built", self._source.place, "nobody waits for it any more")


def _failure(messages: str, attribute: str, place: str) -> NotFound | ProgramFailed:
    if _UNKNOWN.search(messages):
        return NotFound(f"there is no attribute {attribute}", place, "an image has one called `recipe`")
    return ProgramFailed(f"Nix cannot build {attribute}", place, with_remedy(reason(messages)))


def reason(messages: str) -> str:
    """Return the line of Nix's messages that says most: of nixdock's own errors, or else of Nix's, the last.

    Consequences of another error do not count.
    """
    lines = [line.strip().removeprefix("> ") for line in messages.splitlines() if line.strip()]
    ours = [line for line in lines if line.startswith("nixdock: error: ")]
    errors = [line for line in lines if line.startswith("error: ") and not _CONSEQUENCE.search(line)]
    return (ours or errors or lines or ["it did not say why"])[-1].rpartition("error: ")[2]
