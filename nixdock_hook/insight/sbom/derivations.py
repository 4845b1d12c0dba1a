"""What .drv files say of how store paths were made: names, versions, sources and patches.

A .drv is a term in ATerm's form, `Derive(OUTPUTS,INPUTS,SOURCES,SYSTEM,BUILDER,ARGS,ENVIRONMENT)`, of nothing but
strings, lists and tuples (Nix manual, "Derivation"; src/libstore/derivations.cc). It is read as strictly as Nix does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from ...documents.canonical_json import read_bytes
from ...errors import InvalidImage

T = TypeVar("T")

MOST_BYTES = 16 << 20
"""Of a .drv: what Nix passes to a builder ends with Linux's 2 MiB of arguments, structured attributes may have more."""
MOST_DERIVATIONS = 100_000
"""Of the build graph of an image: that of a NixOS system with a desktop has 30,000."""

_REMEDY = "report it with the version of Nix"
_STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a derivation.

    path: "" where it is known only after the build (floating content-addressed derivations).
    method, hash: of a fixed output, `sha256` or `r:sha256` and hexadecimal digits; "" of others.
    """

    path: str
    method: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Derivation:
    """A .drv. inputs: the .drv files that it needs. sources: its other inputs, store paths. environment: as written."""

    outputs: Mapping[str, Output]
    inputs: tuple[str, ...]
    sources: tuple[str, ...]
    system: str
    environment: Mapping[str, str]


def read_derivations(paths: Iterable[str]) -> dict[str, Derivation]:
    """Return some .drv files and all that they need, by their paths.

    Raises InvalidImage where one of them is none, or there are too many.
    """
    found: dict[str, Derivation] = {}
    todo = list(paths)
    while todo:
        path = todo.pop()
        if path not in found:
            if len(found) == MOST_DERIVATIONS:
                raise InvalidImage(
                    f"more than {MOST_DERIVATIONS} derivations", "the build graph", "describe a part of it"
                )
            found[path] = read_derivation(path)
            todo += found[path].inputs
    return found


def read_derivation(path: str) -> Derivation:
    """Read one .drv. Raises InvalidImage, naming it, where it is none, or in a form that no stable Nix writes."""
    with open(path, "rb") as file:
        data = read_bytes(file, path, _REMEDY, MOST_BYTES)
    return parse_derivation(data, path)


def parse_derivation(data: bytes, where: str) -> Derivation:
    """Read the text of a .drv; errors as in `read_derivation`."""
    # Environments hold any bytes: what is no UTF-8 stands for itself, and is no name of anything.
    reader = _Reader(data.decode(errors="replace"), where)
    reader.expect("Derive(")
    outputs = dict(reader.list(_output))
    reader.expect(",")
    inputs = tuple(reader.list(_input))
    reader.expect(",")
    sources = tuple(reader.list(_Reader.string))
    reader.expect(",")
    system = reader.string()
    reader.expect(",")
    reader.string()  # the builder
    reader.expect(",")
    for _ in reader.list(_Reader.string):  # its arguments
        pass
    reader.expect(",")
    environment = dict(reader.list(_variable))
    reader.expect(")")
    reader.end()
    return Derivation(outputs, inputs, sources, system, environment)


class _Reader:
    """A position in a term."""

    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._where = where
        self._at = 0

    def expect(self, word: str) -> None:
        if not self._text.startswith(word, self._at):
            self._fail(f"there is no {word!r}")
        self._at += len(word)

    def end(self) -> None:
        if self._at != len(self._text):
            self._fail("something follows the term")

    def string(self) -> str:
        match = _STRING.match(self._text, self._at)
        if not match:
            self._fail("there is no string")
        self._at = match.end()
        text = match[1]
        return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text) if "\\" in text else text

    def list(self, item: Callable[[_Reader], T]) -> Iterator[T]:
        self.expect("[")
        if self._text.startswith("]", self._at):
            self._at += 1
            return
        yield item(self)
        while self._text.startswith(",", self._at):
            self._at += 1
            yield item(self)
        self.expect("]")

    def _fail(self, what: str) -> NoReturn:
        raise InvalidImage(f"this is no derivation ({what} at character {self._at})", self._where, _REMEDY)


def _output(reader: _Reader) -> tuple[str, Output]:
    reader.expect("(")
    words = [reader.string()]
    for _ in range(3):
        reader.expect(",")
        words.append(reader.string())
    reader.expect(")")
    return words[0], Output(*words[1:])


def _input(reader: _Reader) -> str:
    reader.expect("(")
    path = reader.string()
    reader.expect(",")
    for _ in reader.list(_Reader.string):  # names of its outputs
        pass
    reader.expect(")")
    return path


def _variable(reader: _Reader) -> tuple[str, str]:
    reader.expect("(")
    name = reader.string()
    reader.expect(",")
    value = reader.string()
    reader.expect(")")
    return name, value
