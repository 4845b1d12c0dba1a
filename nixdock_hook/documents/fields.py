"""Typed access to JSON objects that gathers all problems before it complains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

from ..errors import InvalidImage, NixdockError, shown

T = TypeVar("T")
Word = TypeVar("Word", bound=str)

_MOST_PROBLEMS = 10
"""In one error: who mends ten looks again anyway, and a document may have a hundred thousand."""


_REMEDY = "get the image again from a tool that writes it right"


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
        return self._get(key) is not None

    def check(self, where: object, remedy: str = _REMEDY, error: type[NixdockError] = InvalidImage) -> None:
        """Raise an error with every problem found so far, if there is one."""
        if self.problems:
            raise error(self.summary(), where, remedy)

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
        if value == self._get(key) and not is_valid(value):  # else that it is no text was said already
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

    def word(self, key: str, words: Sequence[Word]) -> Word:
        """Read a required string that is one of some words; of others the first of these."""
        given = self.text(key)
        found = next((word for word in words if word == given), None)
        if found is None and given == self._get(key):
            self.complain(key, f"is {shown(given):.100}, none of {', '.join(words)}")
        return words[0] if found is None else found

    def optional_texts(self, key: str) -> tuple[str, ...] | None:
        """Read a list of strings, None where it is absent."""
        return self.texts(key) if key in self else None

    def values(self, key: str) -> tuple[Any, ...]:
        """Read a list of anything, empty where it is absent."""
        return tuple(self._optional(key, list, "a list", []))

    def value(self, key: str) -> Any:
        """Read what is there, None where it is absent."""
        return self._get(key)

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

    def texts_mapping(self, key: str) -> dict[str, tuple[str, ...]]:
        """Read an object whose values are lists of strings, empty where it is absent."""
        values = self.mapping(key)
        if not all(
            isinstance(value, list) and all(isinstance(text, str) for text in value) for value in values.values()
        ):
            self.complain(key, "holds something that is not a list of strings")
            return {}
        return {name: tuple(value) for name, value in values.items()}

    def inner(self, key: str) -> Self:
        """Give a required object, to be read field by field."""
        if key not in self:
            self.complain(key, "is missing")
            return type(self)({}, self._path(key), problems=[])
        return self._within(self._get(key), self._path(key))

    def inners(self, key: str) -> list[Self]:
        """Give a list of objects, empty where it is absent."""
        values = self._optional(key, list, "a list", [])
        return [self._within(value, f"{self._path(key)}[{number}]") for number, value in enumerate(values)]

    def _within(self, value: Any, at: str) -> Self:
        return type(self)(value, at, self.problems)

    def _get(self, key: str) -> Any:
        return self._value.get(key)

    def _path(self, key: str) -> str:
        return f"{self._at}.{key}" if self._at else key

    def _required(self, key: str, kind: type[T], words: str, empty: T) -> T:
        if key not in self:
            self.complain(key, "is missing")
        return self._optional(key, kind, words, empty)

    def _optional(self, key: str, kind: type[T], words: str, empty: T) -> T:
        value = self._get(key)
        if value is None:
            return empty
        # bool is an int in Python, but not in JSON.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.complain(key, f"is not {words}")
            return empty
        return value


class ExactFields(Fields):
    """The fields of an object of which writer and reader are parts of one program, so that they know the same keys.

    A key that is read but not there at all, not even as null, is a problem. So is one that is there and was not read
    until `check`.
    """

    def __init__(self, value: Any, at: str = "", problems: list[str] | None = None) -> None:
        super().__init__(value, at, problems)
        self._read: set[str] = set()
        self._inside: list[ExactFields] = []

    def has(self, key: str) -> bool:
        """Tell whether a key is there, maybe as null. One that was asked for so need not be there."""
        self._read.add(key)
        return key in self._value

    def converted(self, key: str, convert: Callable[[Any], T], absent: T) -> T:
        """Read what a user wrote, null too, by a function that raises errors in the user's words."""
        value = self._get(key)
        return convert(value) if key in self._value else absent

    def check(self, where: object, remedy: str = _REMEDY, error: type[NixdockError] = InvalidImage) -> None:
        self._complain_of_unread()
        super().check(where, remedy, error)

    def complain(self, key: str, problem: str) -> None:
        if f"{self._path(key)} {problem}" not in self.problems:  # a key that is missing may be asked for twice
            super().complain(key, problem)

    def _complain_of_unread(self) -> None:
        for key in sorted(self._value.keys() - self._read):
            self.complain(key, "is unknown")
        for fields in self._inside:
            fields._complain_of_unread()

    def _within(self, value: Any, at: str) -> Self:
        fields = super()._within(value, at)
        self._inside.append(fields)
        return fields

    def _get(self, key: str) -> Any:
        if key not in self._value and key not in self._read:
            self.complain(key, "is missing")
        self._read.add(key)
        return super()._get(key)
