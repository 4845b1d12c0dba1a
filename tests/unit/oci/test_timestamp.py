from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from nixdock_hook.errors import InvalidInput, shown
from nixdock_hook.oci.timestamp import checked_mtime, parse_timestamp, rfc3339


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
        ("2024-02-29t12:00:00z", "2024-02-29T12:00:00Z"),
        ("2024-02-29T12:00:00-0130", "2024-02-29T13:30:00Z"),
    ],
)
def test_iso_8601_becomes_rfc_3339_in_utc(text: str, written: str) -> None:
    assert rfc3339(parse_timestamp(text, "created")) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("@1714685138", "2024-05-02T21:25:38Z"),
        ("@0", "1970-01-01T00:00:00Z"),
        ("@-1", "1969-12-31T23:59:59Z"),
        ("@1714685138.75", "2024-05-02T21:25:38Z"),
        ("20240203040506", "2024-02-03T04:05:06Z"),
        ("202402030405", "2024-02-03T04:05:00Z"),
        ("20240203", "2024-02-03T00:00:00Z"),
        ("2024-05-02 10:11:12 UTC", "2024-05-02T10:11:12Z"),
        ("2024-05-02 10:11:12 +0200", "2024-05-02T08:11:12Z"),
        ("2024-05-02 10:11:12.5 -01:00", "2024-05-02T11:11:12.500000Z"),
        ("2024-05-02 10:11 GMT", "2024-05-02T10:11:00Z"),
        ("2024/5/2", "2024-05-02T00:00:00Z"),
        (" 2024-05-02\n", "2024-05-02T00:00:00Z"),
        ("Thu, 02 May 2024 10:11:12 +0530", "2024-05-02T04:41:12Z"),
        ("2 May 2024", "2024-05-02T00:00:00Z"),
        ("Thu May  2 10:11:12 UTC 2024", "2024-05-02T10:11:12Z"),
        ("Thu May 2 10:11:12 2024 -0700", "2024-05-02T17:11:12Z"),
        (None, "1970-01-01T00:00:01Z"),
    ],
)
def test_what_date_reads_is_read(text: object, written: str) -> None:
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
        *("1714685138", "@", "@1e9", "@999999999999", "@" + "9" * 5000, "20240203040560", "20240230000000"),
        *("31 Xyz 2024", "Thu Foo 2 10:11:12 UTC 2024", "2024-05-02 10:11:12 CEST", "2024-05-02 10:11 +25:00"),
        "@\u0661",
        *(1, True, ["now"], {"x": 1}),
    ],
)
def test_what_is_no_point_in_time_is_named_with_its_argument(value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_timestamp(value, "created")
    remedy = 'write it like "2024-05-02T10:11:12Z", "@SECONDS" since 1970, or "now"'
    assert str(caught.value) == f"{shown(value):.200} is no point in time in created: {remedy}"


@pytest.mark.parametrize(("value", "named"), [(1, "1"), (True, "true"), (["now"], '["now"]')])
def test_what_is_no_text_is_named_as_nix_has_it(value: object, named: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_timestamp(value, "created")
    assert caught.value.what == f"{named} is no point in time"


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
    assert checked_mtime(text) == number


def test_seconds_of_nonsense_name_the_argument() -> None:
    with pytest.raises(InvalidInput, match="^'soon' is no point in time in mtime: "):
        checked_mtime("soon")
