from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.oci.timestamp import parse_timestamp, rfc3339, seconds


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1970-01-01T00:00:01Z", "1970-01-01T00:00:01Z"),
        ("1970-01-01T00:00:01+00:00", "1970-01-01T00:00:01Z"),
        ("2024-02-29T23:30:00-01:00", "2024-03-01T00:30:00Z"),
        ("2024-02-29T01:30:00+05:30", "2024-02-28T20:00:00Z"),
        ("2024-02-29T12:00:00", "2024-02-29T12:00:00Z"),
        ("2024-02-29 12:00", "2024-02-29T12:00:00Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("20240229T120000Z", "2024-02-29T12:00:00Z"),
        ("2024-02-29T12:00:00.5Z", "2024-02-29T12:00:00.500000Z"),
        ("0999-01-01", "0999-01-01T00:00:00Z"),
    ],
)
def test_iso_8601_becomes_rfc_3339_in_utc(text: str, written: str) -> None:
    assert rfc3339(parse_timestamp(text, "created")) == written


def test_a_time_without_offset_does_not_depend_on_the_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert parse_timestamp("2024-02-29T12:00:00", "created") == datetime(2024, 2, 29, 12, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_now_is_the_current_second() -> None:
    before = int(time.time())
    now = parse_timestamp("now", "created")
    assert before <= now.timestamp() <= time.time()
    assert now.microsecond == 0 and now.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        *("", "yesterday", "NOW", "1", "2024-13-01", "2023-02-29", "2024-02-29T25:00:00Z", "29.2.2024"),
        *("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"),
    ],
)
def test_what_is_no_date_is_named_with_its_argument(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_timestamp(value, "created")
    assert (
        str(caught.value) == f'{value!r} is no ISO 8601 date in created: write it like "1970-01-01T00:00:01Z", or "now"'
    )


@pytest.mark.parametrize(("value", "named"), [(1, "1"), (None, "null"), (["now"], '["now"]')])
def test_what_is_no_text_is_named_as_nix_has_it(value: object, named: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_timestamp(value, "created")
    assert caught.value.what == f"{named} is no ISO 8601 date"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1970-01-01T00:00:01Z", 1),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T23:59:59Z", 0),
        ("2024-02-29T12:00:00.9Z", 1709208000),
    ],
)
def test_a_tar_has_whole_seconds_since_1970(text: str, number: int) -> None:
    assert seconds(text, "mtime") == number


def test_seconds_of_no_date_name_the_argument() -> None:
    with pytest.raises(InvalidInput, match="^'soon' is no ISO 8601 date in mtime: "):
        seconds("soon", "mtime")
