"""JSON of one form."""

from __future__ import annotations

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.oci import canonical_json


def test_the_bytes_depend_on_the_value_alone() -> None:
    assert canonical_json.dump({"b": [1, None], "a": "ü"}) == '{"a":"ü","b":[1,null]}'.encode()
    assert canonical_json.dump({"a": 1, "b": 2}) == canonical_json.dump({"b": 2, "a": 1})


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json.dump(float("nan"))


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe\xfd", b"[" * 100_000])
def test_bad_json_is_one_line_that_says_where(data: bytes) -> None:
    with pytest.raises(InvalidImage, match="no valid JSON in a place: ") as caught:
        canonical_json.load(data, "a place")
    assert "\n" not in str(caught.value)
