"""What the commands say to people."""

from __future__ import annotations

import sys
from contextlib import suppress


def say(text: str, end: str = "\n") -> None:
    """Write to stderr, at once. That nobody reads it any more (`| head`) is no reason to stop."""
    with suppress(OSError):
        print(text, end=end, file=sys.stderr, flush=True)
