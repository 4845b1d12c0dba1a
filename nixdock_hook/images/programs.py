"""The programs of an image, as far as it is sure that its own CPU is to run them: are they for that CPU?

That is what the image starts, and what is in the directories for programs of the trees that go to `/`. Not looked at is
what else is in the store paths: firmware, the libraries of a cross compiler and test data are for other machines.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from operator import attrgetter
from typing import Any

from ..errors import InvalidInput
from ..oci.platform import elf_architecture, runs
from ..store.place import STORE

_DIRECTORIES = ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin")
_STORE = f"{STORE}/"
_BEGINNING = 256  # bytes: as many of a script's first line as Linux reads; an ELF header is shorter


def check_programs(architecture: str, trees: Iterable[str], config: Mapping[str, Any]) -> None:
    """Raise InvalidInput for the first program that is for another architecture.

    trees: directories that go to `/`, or programs themselves; others, tars for one, are passed over. config:
    `Entrypoint`, `Cmd`.
    What the CPU runs too (386 on amd64) is taken, and what Go has no word for.
    """
    places = [os.path.realpath(tree) for tree in trees]
    seen: set[str] = set()
    for path in chain(_started(places, config), filter(os.path.isfile, places), _in_directories(places)):
        if path not in seen:
            seen.add(path)
            found = elf_architecture(_beginning(path))
            if found is not None and not runs(architecture, found):
                raise _wrong_program(path, found, architecture)


def _wrong_program(file: str, found: str, architecture: str) -> InvalidInput:
    what = f"{file} is a program for {found}, and the image is for {architecture}"
    remedy = f'take the package for {architecture}, set architecture = "{found}", or checkArchitecture = false'
    return InvalidInput(what, "the image", remedy)


def _started(trees: list[str], config: Mapping[str, Any]) -> Iterator[str]:
    """The program that the image starts, all links followed; before a script what runs it, where that is in the store.

    Scripts elsewhere are not looked into: many a package has one for developers, with the shell that it was built by.
    """
    for word in (config.get("Entrypoint") or config.get("Cmd") or [])[:1]:
        places = [(_STORE, word)] if word.startswith(_STORE) else [(tree, tree + word) for tree in trees]
        for tree, place in places if word.startswith("/") else ():
            for path in _inside(tree, place):
                yield from _interpreter(path)
                yield path


def _in_directories(trees: list[str]) -> Iterator[str]:
    """What is in the directories for programs, all links followed."""
    for tree in trees:
        for directory in _DIRECTORIES:
            for place in _inside(tree, f"{tree}/{directory}"):
                yield from _files(tree, place)


def _files(tree: str, directory: str) -> Iterator[str]:
    """The files of a directory, links followed."""
    if not os.path.isdir(directory):
        return
    with os.scandir(directory) as entries:
        for entry in sorted(entries, key=attrgetter("name")):
            if entry.is_symlink():
                yield from _inside(tree, entry.path)
            else:
                yield entry.path


def _inside(tree: str, path: str) -> Iterator[str]:
    """Where a path leads to; nothing where that is this machine's own, neither in the store nor in the tree."""
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # it leads nowhere
    place = os.readlink(f"/proc/self/fd/{fd}")  # much faster than os.path.realpath
    os.close(fd)
    if place.startswith((_STORE, tree + "/")):
        yield place


def _interpreter(script: str) -> Iterator[str]:
    first_line = _beginning(script).partition(b"\n")[0]
    words = os.fsdecode(first_line[2:]).split() if first_line.startswith(b"#!") else []
    for word in words[:1]:
        if word.startswith(_STORE):
            yield from _inside(_STORE, word)


def _beginning(path: str) -> bytes:
    """The first bytes of an executable file; none of anything else."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(_BEGINNING) if os.fstat(file.fileno()).st_mode & 0o111 else b""
    except OSError:
        return b""
