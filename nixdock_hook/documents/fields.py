"""Typed access to JSON objects that gathers all problems before it complains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import InvalidImage

T = TypeVar("T")

_MOST_PROBLEMS = 10
"""In one error: who mends ten looks again anyway, and a document may have a hundred thousand."""


class Fields:
    """The fields of one JSON object.

    A field of the wrong type, or a required one that is not there, is noted in `problems` (shared with the objects
    inside this one) and read as an empty value, so that one `check` at the end can report everything at once.
    `null` counts as absent: Go programs write it for empty lists and maps.
    """

    def __init__(self, value: Any, at: str = "", problems: list[str] | None = None) -> None:
        self.problems: list[str] = [] if problems is None else problems
        self._at = at
        self._value: dict[str, Any] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            self.problems.append(f"{at or 'the document'} is not an object")

    def __contains__(self, key: str) -> bool:
        return self._value.get(key) is not None

    def check(self, where: object, remedy: str = "get the image again from a tool that writes it right") -> None:
        """Raise InvalidImage with every problem found so far, if there is one."""
        if self.problems:
            raise InvalidImage(self.summary(), where, remedy)

    def summary(self) -> str:
        """Return the problems found so far, the first of many."""
        rest = len(self.problems) - _MOST_PROBLEMS
        return "; ".join(self.problems[:_MOST_PROBLEMS]) + (f"; and {rest} more" if rest > 0 else "")

    def complain(self, key: str, problem: str) -> None:
        """Note a problem of the field `key`."""
        self.problems.append(f"{self._path(key)} {problem}")

    def text(self, key: str) -> str:
        """Read a required string."""
        return self._required(key, str, "a string", "")

    def optional_text(self, key: str) -> str | None:
        """Read a string, None where it is absent."""
        return self.text(key) if key in self else None

    def count(self, key: str) -> int:
        """Read a required integer, not negative."""
        value = self._required(key, int, "an integer", 0)
        if value < 0:
            self.complain(key, "is negative")
        return value

    def flag(self, key: str) -> bool:
        """Read a boolean, False where it is absent."""
        return self._optional(key, bool, "true or false", False)

    def checked_text(self, key: str, is_valid: Callable[[str], bool], problem: str) -> str:
        """Read a required string that has a form; `problem` says of any other what it is not."""
        value = self.text(key)
        if value == self._value.get(key) and not is_valid(value):  # else that it is no text was said already
            self.complain(key, problem)
        return value

    def checked_texts(self, key: str, is_valid: Callable[[str], bool], problem: str) -> tuple[str, ...]:
        """Read a list of such strings, empty where it is absent."""
        values = self.texts(key)
        for number, value in enumerate(values):
            if not is_valid(value):
                self.complain(f"{key}[{number}]", problem)
        return values

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of strings, empty where it is absent."""
        values = self._optional(key, list, "a list", [])
        if not all(isinstance(value, str) for value in values):
            self.complain(key, "holds something that is not a string")
            return ()
        return tuple(values)

    def mapping(self, key: str) -> dict[str, Any]:
        """Read an object, taken as it is, empty where it is absent."""
        return self._optional(key, dict, "an object", {})

    def text_mapping(self, key: str) -> dict[str, str]:
        """Read an object whose values are strings, empty where it is absent."""
        values = self.mapping(key)
        if not all(isinstance(value, str) for value in values.values()):
            self.complain(key, "holds something that is not a string")
            return {}
        return values

    def inner(self, key: str) -> Fields:
        """Give a required object, to be read field by field."""
        if key not in self:
            self.complain(key, "is missing")
            return Fields({}, self._path(key), problems=[])
        return Fields(self._value[key], self._path(key), self.problems)

    def inners(self, key: str) -> list[Fields]:
        """Give a list of objects, empty where it is absent."""
        values = self._optional(key, list, "a list", [])
        return [Fields(value, f"{self._path(key)}[{number}]", self.problems) for number, value in enumerate(values)]

    def _path(self, key: str) -> str:
        return f"{self._at}.{key}" if self._at else key

    def _required(self, key: str, kind: type[T], words: str, empty: T) -> T:
        if key not in self:
            self.complain(key, "is missing")
        return self._optional(key, kind, words, empty)

    def _optional(self, key: str, kind: type[T], words: str, empty: T) -> T:
        value = self._value.get(key)
        if value is None:
            return empty
        # bool is an int in Python, but not in JSON.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.complain(key, f"is not {words}")
            return empty
        return value
