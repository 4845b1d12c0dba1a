from __future__ import annotations

import pickle

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput, NixdockError, ProgramFailed, StoreChanged, redacted, shown

KINDS = (NixdockError, InvalidInput, InvalidImage, StoreChanged, ProgramFailed)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("it broke",), "it broke"),
        (("it broke", "a.tar"), "it broke in a.tar"),
        (("it broke", "", "mend it"), "it broke: mend it"),
        (("it broke", "a.tar", "mend it"), "it broke in a.tar: mend it"),
    ],
)
def test_the_text_says_what_where_and_the_remedy(arguments: tuple[str, ...], text: str) -> None:
    assert str(NixdockError(*arguments)) == text


def test_the_text_is_one_line_whatever_its_parts_hold() -> None:
    assert str(NixdockError("it\nbroke", "a\n\n b", "mend\tit\n")) == "it broke in a b: mend it"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("\u202eback", r"\u202eback"),
        ("half \ud800", r"half \ud800"),
        ("n\0l", r"n\x00l"),
        ("größe 容器", "größe 容器"),
    ],
)
def test_the_text_holds_nothing_that_a_terminal_obeys(name: str, shown: str) -> None:
    assert str(NixdockError("there is no image", name, "mend it")) == f"there is no image in {shown}: mend it"


def test_a_text_that_is_too_long_keeps_its_beginning_and_its_end() -> None:
    fits = NixdockError("x" * (4000 - len(" in here: mend it")), "here", "mend it")
    assert str(fits).startswith("xxx") and "…" not in str(fits)
    longer = NixdockError("no name " + "x" * 1_000_000, "here", "mend it")
    assert str(longer).startswith("no name xxx") and str(longer).endswith("xxx in here: mend it")
    assert len(str(longer)) == 4003


@pytest.mark.parametrize("kind", KINDS)
def test_a_caller_can_tell_kinds_apart_and_catch_all_at_once(kind: type[NixdockError]) -> None:
    with pytest.raises(NixdockError) as caught:
        raise kind("it broke")
    assert caught.type is kind


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_comes_unchanged_out_of_another_process(kind: type[NixdockError]) -> None:
    error = kind("it\nbroke", "a.tar", "mend it")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind and str(copy) == str(error)
    assert (copy.what, copy.where, copy.remedy) == ("it\nbroke", "a.tar", "mend it")


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("docker://alice:word@host/app:1", "docker://alice:***@host/app:1"),
        ("'alice:wo:r/d@x@host:5000/app' is no", "'alice:***@host:5000/app' is no"),
        ("https://alice:word@registry.example/v2/", "https://alice:***@registry.example/v2/"),
        ("unrecognized arguments: --dest-creds a:b x", "unrecognized arguments: --dest-creds *** x"),
        ("--creds=a:b --password 'w' --registry-token=t", "--creds=*** --password '***' --registry-token=***"),
        ("host:5000/app:1@sha256:0123 and app@sha256:01", "host:5000/app:1@sha256:0123 and app@sha256:01"),
        ("docker://alice@host/app:1", "docker://alice@host/app:1"),
        ("give --dest-creds, or write to a@b.example: soon", "give --dest-creds, or write to a@b.example: soon"),
    ],
)
def test_passwords_are_left_out(text: str, public: str) -> None:
    assert redacted(text) == public


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "null"), (True, "true"), ("a", "'a'"), ([1, None], "[1, null]"), ({"a": False}, '{"a": false}')],
)
def test_values_are_shown_as_nix_has_them(value: object, text: str) -> None:
    assert shown(value) == text
