from __future__ import annotations

import pytest

from nixdock_hook.insight.text import Style, change_text, count_text, plain, size_or_unknown, size_text, table, width


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (10_240, "10.2 kB"), (999_600, "1 MB"), (123_456_789, "123 MB")],
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text


def test_unknown_sizes_changes_and_counts() -> None:
    assert [size_or_unknown(None), size_or_unknown(5)] == ["?", "5 B"]
    assert [change_text(-1500), change_text(0), change_text(1500)] == ["-1.5 kB", "0 B", "+1.5 kB"]
    assert [count_text(1, "layer"), count_text(1200, "layer"), count_text(2, "entry", "entries")] == [
        "1 layer",
        "1,200 layers",
        "2 entries",
    ]


def test_columns_are_aligned() -> None:
    rows = [("size", "name"), ("1 B", "a"), ("1.5 kB", "bc")]
    assert table(rows, right=(0,)) == ["  size  name", "   1 B  a", "1.5 kB  bc"]
    assert table([]) == []


def test_wide_and_combining_characters_take_the_places_that_terminals_give_them() -> None:
    assert [width("abc"), width("漢字"), width("e\u0301")] == [3, 4, 1]
    assert table([("漢", "x"), ("abc", "y")]) == ["漢   x", "abc  y"]


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x07", "\u202e", "a\nb", "\x9b0m"])
def test_nothing_that_a_terminal_obeys_is_printed(hostile: str) -> None:
    assert plain(hostile).isprintable()
    assert all(line.isprintable() for line in table([(hostile, "x")]))


def test_without_colours_a_style_changes_nothing() -> None:
    assert Style(False).bold("a") + Style(False).removed("b") == "ab"
    assert Style(True).added("a") == "\x1b[32ma\x1b[0m"
