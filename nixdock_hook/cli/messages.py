"""What the commands say to people."""

from __future__ import annotations

import sys
from contextlib import suppress

from ..errors import redacted


def say(text: str, end: str = "\n") -> None:
    """Write to stderr, at once and without passwords. That nobody reads it any more (`| head`) is no reason to stop."""
    with suppress(OSError):
        print(redacted(text), end=end, file=sys.stderr, flush=True)
