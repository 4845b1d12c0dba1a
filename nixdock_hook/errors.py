"""What goes wrong, in one line each: WHAT in WHERE: REMEDY."""

import json

_MOST_TEXT = 4000
"""Characters of an error. What others wrote is quoted in it: a name of a megabyte helps nobody, and fills logs."""


def shown(value: object) -> str:
    """A value that a user gave in Nix as it is written there (null, not None), and in JSON; at most 200 characters."""
    try:
        return f"{json.dumps(value, ensure_ascii=False):.200}"
    except (TypeError, ValueError):
        return f"{value!r:.200}"


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


class InvalidImage(NixdockError):
    """An image (archive, layout) whose content is not what it says it is."""


class StoreChanged(NixdockError):
    """A store path vanished, shrank or was altered while, or since, it was read."""


class ProgramFailed(NixdockError):
    """Another program (a script of the user's, zstd, nix-store) ended with an error."""


class NotFound(NixdockError):
    """A registry that lacks what was asked of it."""
