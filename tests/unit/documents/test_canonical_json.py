"""JSON of one form, and JSON of others, read within bounds."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.documents import canonical_json
from nixdock_hook.documents.canonical_json import MOST_BYTES, MOST_LEVELS, load
from nixdock_hook.errors import InvalidImage


def test_the_bytes_depend_on_the_value_alone() -> None:
    assert canonical_json.dump({"b": [1, None], "a": "ü"}) == '{"a":"ü","b":[1,null]}'.encode()
    assert canonical_json.dump({"a": 1, "b": 2}) == canonical_json.dump({"b": 2, "a": 1})


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json.dump(float("nan"))


def nested(levels: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * levels + "1" + closing * levels).encode()


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b' {"a": ["\xc3\xbc", "\\u00fc", "\\ud83d\\ude00", 1.5, -1, null, true]}\n', None),
        (nested(MOST_LEVELS), None),
        (nested(MOST_LEVELS, '{"a":', "}"), None),
        (str((1 << 63) - 1).encode(), (1 << 63) - 1),
        (str(-(1 << 63)).encode(), -(1 << 63)),
        (b"1e308", 1e308),
        (b'{"a":1,"A":2}', {"a": 1, "A": 2}),
        (b'"' + b"x" * (MOST_BYTES - 2) + b'"', "x" * (MOST_BYTES - 2)),
        (b"[" + b"1," * ((1 << 18) - 2) + b"1]", None),
    ],
)
def test_right_json(data: bytes, value: object) -> None:
    assert load(data, "a place") == (json.loads(data) if value is None else value)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"\xff\xfe\xfd", "byte 0 is not UTF-8"),
        ("{}".encode("utf-16"), "byte 0 is not UTF-8"),
        ("{}".encode("utf-16-le"), "Expecting property name"),
        ("[]".encode("utf-32-be"), "Expecting value"),
        (b"\xef\xbb\xbf{}", "Unexpected UTF-8 BOM"),
        (b'"\xed\xa0\x80"', "byte 1 is not UTF-8"),
        (b'{"Env": ["A=\\ud800"]}', "a lone surrogate"),
        (b'{"\\udc00": 1}', "a lone surrogate"),
        (b'["\\ude00\\ud83d"]', "a lone surrogate"),
        (b'["a\\u0000b"]', "a text has a NUL in it"),
        (b'[{"a\\u0000b": 1}]', "a text has a NUL in it"),
        (b'"a\nb"', "Invalid control character"),
        (b"[NaN]", "NaN is no number"),
        (b"-Infinity", "-Infinity is no number"),
        (b'{"a": Infinity}', "Infinity is no number"),
        (b"1e400", "the number 1e400 is too large"),
        (str(1 << 63).encode(), "does not fit into 64 bits"),
        (str(-(1 << 63) - 1).encode(), "does not fit into 64 bits"),
        (b"9" * 5000, "does not fit into 64 bits"),
        (b'{"a": {"b": 1, "c": 2, "b": 1}}', "an object has the key 'b' twice"),
        (nested(MOST_LEVELS + 1), "more than 100 levels deep"),
        (nested(MOST_LEVELS + 1, '{"a":', "}"), "more than 100 levels deep"),
        (b"[" * 100_000, "recursion"),
        (b'"' + b"x" * (MOST_BYTES - 1) + b'"', "more than 8388608 bytes"),
        (b"[" + b"{}," * (1 << 18) + b"1]", "more than 262144 values"),
        (b"[" + b"1," * (1 << 18) + b"1]", "more than 262144 values"),
    ],
)
def test_bad_json_is_one_line_that_says_where(data: bytes, problem: str) -> None:
    with pytest.raises(InvalidImage) as caught:
        load(data, "a place")
    text = str(caught.value)
    assert text.startswith("this is no valid JSON (") and text.endswith(") in a place: get the image again")
    assert problem in text and "\n" not in text and len(text) < 300


class Counted(io.RawIOBase):
    """Zeros without end, and how many were taken; few at a time, as from a socket."""

    def __init__(self) -> None:
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), 1000)
        self.taken += count
        return count


def test_a_document_is_not_read_beyond_its_bound() -> None:
    source = Counted()
    with pytest.raises(InvalidImage, match="^a document of more than 5000 bytes in a place: ask again$"):
        canonical_json.read(source, "a place", "ask again", 5000)
    assert source.taken == 5001


def test_a_document_that_comes_in_pieces_is_read_whole() -> None:
    whole = json.dumps(["x" * 4000]).encode()

    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(7)

    assert canonical_json.read(Dripping(whole), "a place", most=len(whole)) == ["x" * 4000]


def test_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(b"{}")
    assert canonical_json.read_file(str(file)) == {}
    file.write_bytes(b"x")
    with pytest.raises(InvalidImage, match=f" in {file}: get it again$"):
        canonical_json.read_file(str(file), "get it again")
    with pytest.raises(FileNotFoundError):
        canonical_json.read_file(str(tmp_path / "missing"))


def test_a_larger_document_is_not_read_to_its_end() -> None:
    with open("/dev/zero", "rb") as endless, pytest.raises(InvalidImage) as caught:
        canonical_json.read(endless, "here")
    assert caught.value.what == "a document of more than 8388608 bytes"
