"""Typed access to JSON that somebody else wrote."""

from __future__ import annotations

import pytest

from nixdock_hook.documents.fields import ExactFields, Fields
from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.oci.digest import digest_field, digest_fields

DIGEST = "sha256:" + "0" * 64


def test_null_is_absent() -> None:
    fields = Fields({"a": None})
    assert "a" not in fields
    assert (fields.texts("a"), fields.mapping("a"), fields.inners("a"), fields.flag("a")) == ((), {}, [], False)
    assert fields.optional_text("a") is None
    fields.check("here")


def test_right_values() -> None:
    fields = Fields({"t": "x", "n": 0, "f": True, "d": DIGEST, "l": [DIGEST], "m": {"a": "b"}, "o": {"t": "y"}})
    assert (fields.text("t"), fields.count("n"), fields.flag("f"), digest_field(fields, "d")) == ("x", 0, True, DIGEST)
    assert (digest_fields(fields, "l"), fields.text_mapping("m"), fields.inner("o").text("t")) == (
        (DIGEST,),
        {"a": "b"},
        "y",
    )
    fields.check("here")


@pytest.mark.parametrize(
    ("method", "value", "problem"),
    [
        ("text", None, "a is missing"),
        ("text", 1, "a is not a string"),
        ("count", None, "a is missing"),
        ("count", -1, "a is negative"),
        ("count", True, "a is not an integer"),
        ("count", 1.5, "a is not an integer"),
        ("flag", 1, "a is not true or false"),
        ("texts", "x", "a is not a list"),
        ("texts", ["x", None], "a holds something that is not a string"),
        ("mapping", [], "a is not an object"),
        ("text_mapping", {"k": 1}, "a holds something that is not a string"),
        ("inner", None, "a is missing"),
        ("inner", [], "a is not an object"),
        ("inners", {}, "a is not a list"),
        ("inners", [1], r"a\[0\] is not an object"),
    ],
)
def test_wrong_values(method: str, value: object, problem: str) -> None:
    fields = Fields({"a": value})
    getattr(fields, method)("a")
    with pytest.raises(InvalidImage, match=f"^{problem} in here: "):
        fields.check("here")


def test_all_problems_are_reported_at_once_with_their_paths() -> None:
    fields = Fields({"inner": {"list": [{}, {"n": "x"}]}})
    for each in fields.inner("inner").inners("list"):
        each.count("n")
    fields.text("name")
    with pytest.raises(InvalidImage) as caught:
        fields.check("here")
    assert caught.value.what == "inner.list[0].n is missing; inner.list[1].n is not an integer; name is missing"


@pytest.mark.parametrize(("count", "rest"), [(10, ""), (11, "; and 1 more"), (5000, "; and 4990 more")])
def test_of_many_problems_the_first_are_told(count: int, rest: str) -> None:
    fields = Fields({"list": [1] * count})
    fields.inners("list")
    with pytest.raises(InvalidImage) as caught:
        fields.check("here")
    assert caught.value.what == "; ".join(f"list[{number}] is not an object" for number in range(10)) + rest


@pytest.mark.parametrize(
    ("value", "problem"),
    [("md5:1", "a is no sha256 digest"), ("", "a is no sha256 digest"), (1, "a is not a string")],
)
def test_what_is_no_digest(value: object, problem: str) -> None:
    fields = Fields({"a": value})
    digest_field(fields, "a")
    assert fields.problems == [problem]


def test_which_of_several_is_no_digest() -> None:
    fields = Fields({"a": [DIGEST, "x"]})
    digest_fields(fields, "a")
    assert fields.problems == ["a[1] is no sha256 digest"]


def test_a_missing_object_is_one_problem_not_one_for_each_of_its_fields() -> None:
    fields = Fields({})
    digest_field(fields.inner("config"), "digest")
    assert fields.problems == ["config is missing"]


def test_a_document_that_is_no_object() -> None:
    assert Fields([]).problems == ["the document is not an object"]


def test_the_error_and_the_remedy_are_the_readers() -> None:
    fields = Fields({"a": 1})
    fields.text("a")
    with pytest.raises(InvalidInput) as caught:
        fields.check("here", "mend it", InvalidInput)
    assert str(caught.value) == "a is not a string in here: mend it"


@pytest.mark.parametrize(
    ("given", "word", "problems"),
    [
        ("b", "b", []),
        ("c", "a", ["w is 'c', none of a, b"]),
        (1, "a", ["w is not a string"]),
        (None, "a", ["w is missing"]),
    ],
)
def test_one_of_some_words(given: object, word: str, problems: list[str]) -> None:
    fields = Fields({"w": given})
    assert fields.word("w", ("a", "b")) == word
    assert fields.problems == problems


class TestExactFields:
    def test_null_is_there(self) -> None:
        fields = ExactFields({"a": None, "b": None})
        assert (fields.optional_text("a"), fields.optional_texts("b")) == (None, None)
        fields.check("here")

    def test_what_is_not_there_or_not_known_is_a_problem_once(self) -> None:
        fields = ExactFields({"b": 1, "in": {"d": 1}, "list": [{"e": 1}, {}]})
        assert fields.text("a") == "" and fields.optional_text("a") is None
        assert fields.optional_text("c") is None
        fields.inner("in").flag("f")
        assert [inner.count("e") for inner in fields.inners("list")] == [1, 0]
        with pytest.raises(InvalidImage) as caught:
            fields.check("here")
        assert caught.value.what == (
            "a is missing; c is missing; in.f is missing; list[1].e is missing; b is unknown; in.d is unknown"
        )

    def test_a_key_that_need_not_be_there(self) -> None:
        fields = ExactFields({"a": None})
        assert [fields.has("a"), fields.has("b")] == [True, False]
        fields.check("here")

    def test_a_reader_of_what_users_write_gets_null_too(self) -> None:
        fields = ExactFields({"a": None, "b": 1})
        assert [fields.converted(key, repr, "absent") for key in "abc"] == ["None", "1", "absent"]
        assert fields.problems == ["c is missing"]
