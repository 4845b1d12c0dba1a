"""JSON whose bytes depend on the value alone, and JSON read with errors in one line."""

from __future__ import annotations

import json
from typing import Any

from ..errors import InvalidImage


def dump(value: Any) -> bytes:
    """Sorted keys, no spaces, UTF-8, no newline at the end. NaN and infinities are a ValueError: JSON has none."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def load(data: bytes, where: object) -> Any:
    """Read JSON that somebody else wrote; InvalidImage names `where` if it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidImage("this is no valid JSON", where, f"get the image again ({error})") from error
