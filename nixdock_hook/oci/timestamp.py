"""Points in time, as users give them and as OCI wants them (RFC 3339).

Users give what `date --date` of coreutils reads in dockerTools, in the forms that name one point in time: ISO 8601 and
RFC 3339, "@SECONDS" since 1970 (a flake's `lastModified`), YYYYMMDDHHMMSS (its `lastModifiedDate`), and what `date`,
`date -R` and git print. Where there is no offset it is UTC, whatever the time zone of the machine.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from ..errors import InvalidInput, shown

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DEFAULT = "1970-01-01T00:00:01Z"
"""What null stands for: the default of `created` and `mtime` in dockerTools."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONE = r"(?:\s*(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?"
_TIME = r"(?P<time>\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)"
_FORMS = [
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"(?P<year>\d{{4}})[-/](?P<month>\d{{1,2}})[-/](?P<day>\d{{1,2}})(?:(?:T|\s+){_TIME}{_ZONE})?",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?P<time>\d{4}(?:\d\d)?)",
        # Thu, 02 May 2024 10:11:12 +0000
        rf"(?:[a-z]{{3}},?\s+)?(?P<day>\d{{1,2}})\s+(?P<month>[a-z]{{3}})\s+(?P<year>\d{{4}})(?:\s+{_TIME}{_ZONE})?",
        # Thu May  2 10:11:12 UTC 2024
        rf"[a-z]{{3}}\s+(?P<month>[a-z]{{3}})\s+(?P<day>\d{{1,2}})\s+{_TIME}{_ZONE}\s+(?P<year>\d{{4}})",
        # Thu May 2 10:11:12 2024 +0200
        rf"[a-z]{{3}}\s+(?P<month>[a-z]{{3}})\s+(?P<day>\d{{1,2}})\s+{_TIME}\s+(?P<year>\d{{4}}){_ZONE}",
    )
]
_SECONDS = re.compile(r"@(-?\d{1,12})(?:[.,]\d+)?", re.ASCII)


def parse_timestamp(given: object, argument: str) -> datetime:
    """Read a point in time, "now", or None for the default; `argument` is what the user called it.

    Raises InvalidInput where it is no such form, or no day of the calendar.
    """
    text = _DEFAULT if given is None else given
    if text == "now":
        return datetime.now(UTC).replace(microsecond=0)
    try:
        if not isinstance(text, str):
            raise ValueError
        if match := _SECONDS.fullmatch(text):
            return _EPOCH + timedelta(seconds=int(match[1]))
        time = datetime.fromisoformat(_iso_8601(text.strip()))
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the latter: out of the years 1 to 9999
        remedy = 'write it like "2024-05-02T10:11:12Z", "@SECONDS" since 1970, or "now"'
        raise InvalidInput(f"{shown(given):.200} is no point in time", argument, remedy) from None


def rfc3339(time: datetime) -> str:
    """Return the form in which configs and histories hold a time: `1970-01-01T00:00:01Z`."""
    return time.isoformat().replace("+00:00", "Z")


def checked_created(given: object) -> str:
    """Return the `created` that a user gave in Nix, as configs hold it."""
    return rfc3339(parse_timestamp(given, "created"))


def checked_mtime(given: object) -> int:
    """Return the `mtime` that a user gave in Nix as a tar's time: whole seconds since 1970, never before."""
    return max(0, int(parse_timestamp(given, "mtime").timestamp()))


def _iso_8601(text: str) -> str:
    """Bring the forms of `date` to that of ISO 8601; a text in none of them stays as it is."""
    match = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if match is None:
        return text
    found = match.groupdict()
    month, time, zone = found["month"], found.get("time"), found.get("zone")
    number = int(month) if month.isdigit() else _MONTHS.index(month.lower()) + 1
    date = f"{found['year']}-{number:02}-{int(found['day']):02}"
    offset = "" if zone is None else "+00:00" if zone.isalpha() else zone
    return date if time is None else f"{date}T{time}{offset}"
