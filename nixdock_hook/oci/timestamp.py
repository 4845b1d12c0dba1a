"""Points in time, as users give them and as OCI wants them (RFC 3339)."""

from __future__ import annotations

from datetime import UTC, datetime

from ..errors import InvalidInput, shown


def parse_timestamp(text: object, argument: str) -> datetime:
    """Read ISO 8601 (UTC where it names no offset) or "now"; `argument` is what the user called it."""
    if text == "now":
        return datetime.now(UTC).replace(microsecond=0)
    try:
        if not isinstance(text, str):
            raise ValueError
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the latter: an offset that leads out of the years 1 to 9999
        remedy = 'write it like "1970-01-01T00:00:01Z", or "now"'
        raise InvalidInput(f"{shown(text)} is no ISO 8601 date", argument, remedy) from None


def rfc3339(time: datetime) -> str:
    """The form in which configs and histories hold a time: `1970-01-01T00:00:01Z`."""
    return time.isoformat().replace("+00:00", "Z")


def seconds(text: object, argument: str) -> int:
    """The same input as a tar's time: whole seconds since 1970, never before."""
    return max(0, int(parse_timestamp(text, argument).timestamp()))
