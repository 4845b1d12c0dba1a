"""What goes wrong, in one line each: WHAT in WHERE: REMEDY."""

from __future__ import annotations

import json
import re

_MOST_TEXT = 4000
"""Characters of an error. What others wrote is quoted in it: a name of a megabyte helps nobody, and fills logs."""

# USER:PASSWORD@ in front of a host. NAME:TAG@sha256:… is none, and so is what follows a scheme: docker://….
_PASSWORD = re.compile(r"""([^\s/@:'"=]+:)(?!//)[^\s'"]+@(?!sha\d+:)""")
# An option that carries a secret, as a shell or argparse shows it.
_SECRET_OPTION = re.compile(r"""(--[a-z-]*(?:creds|password|token)(?:=|\s+)['"]?)[^\s'"]+""")


def redacted(text: str) -> str:
    """Return a text without the passwords in it: in references and URLs, and behind options that take one."""
    return _SECRET_OPTION.sub(r"\1***", _PASSWORD.sub(r"\1***@", text))


def shown(value: object) -> str:
    """Return a value of a spec as its user wrote it, in Nix or JSON: null, not None."""
    return repr(value) if isinstance(value, str) else json.dumps(value, default=repr)


class NixdockError(Exception):
    """The base of every error that nixdock raises on purpose; `__main__` prints it as one line and exits 1."""

    def __init__(self, what: str, where: object = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, str(where), remedy
        text = what + (f" in {self.where}" if self.where else "") + (f": {remedy}" if remedy else "")
        super().__init__(_shortened(_printable(" ".join(text.split()))))


def _printable(text: str) -> str:
    """Write what a terminal would obey (ESC), or could not show, as `\\x1b`: a name of somebody else's may hold it."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _shortened(text: str) -> str:
    """Leave out the middle of a text that is too long: its end is the remedy."""
    half = _MOST_TEXT // 2
    return text if len(text) <= _MOST_TEXT else f"{text[:half]} … {text[-half:]}"


class InvalidInput(NixdockError):
    """A step spec, a recipe or a command line that asks for something impossible."""


class UsageError(InvalidInput):
    """A command line that says nothing that can be done; the command ends with 2."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, "the command line", remedy)


class InvalidImage(NixdockError):
    """An image (archive, layout) whose content is not what it says it is."""


class StoreChanged(NixdockError):
    """A store path vanished, shrank or was altered while, or since, it was read."""


class ProgramFailed(NixdockError):
    """Another program (a script of the user's, zstd, nix-store) ended with an error."""


class NotFound(NixdockError):
    """A registry that lacks what was asked of it."""


class Busy(NixdockError):
    """A server that has as much to do as it takes on at once."""
