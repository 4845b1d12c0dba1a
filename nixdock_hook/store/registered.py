"""What the Nix of this machine knows about its store paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ..errors import ProgramFailed
from ..process import DEVNULL, PIPE, start
from .closure import PathInfo, parse_dump

_AT_ONCE = 5_000
"""Paths in one command: Linux takes 2 MiB of arguments, of which a path has up to 260 bytes."""


def registered(paths: Iterable[str]) -> dict[str, PathInfo]:
    """Return what Nix knows about these paths; nothing where it does not know all of them, or is not there."""
    wanted = iter(sorted(set(paths)))
    infos: dict[str, PathInfo] = {}
    try:
        for batch in _batches(wanted):
            infos.update((info.path, info) for info in _dump(batch))
    except ProgramFailed:
        return {}
    return infos


def _batches(paths: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(paths, _AT_ONCE)):
        yield batch


def _dump(paths: Sequence[str]) -> list[PathInfo]:
    """Raise ProgramFailed where Nix is not there, or does not know one of the paths; its messages are of no use."""
    program = start(["nix-store", "--dump-db", *paths], stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    output, _ = program.communicate()
    if program.returncode:
        raise ProgramFailed("nix-store --dump-db failed")
    return parse_dump(output.decode(errors="replace"))
