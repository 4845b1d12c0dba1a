from __future__ import annotations

import io

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.oci.documents import MOST_DOCUMENT_BYTES, read_document


def test_a_document_of_the_largest_size() -> None:
    assert len(read_document(io.BytesIO(bytes(MOST_DOCUMENT_BYTES)), "here")) == MOST_DOCUMENT_BYTES


def test_a_larger_one_is_not_read_to_its_end() -> None:
    with open("/dev/zero", "rb") as endless, pytest.raises(InvalidImage) as caught:
        read_document(endless, "here")
    assert caught.value.what == "a JSON document of more than 8388608 bytes"
