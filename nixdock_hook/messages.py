"""What nixdock says to people on stderr, beside its errors."""

from __future__ import annotations

import sys
from contextlib import suppress

from .errors import redacted


def say(text: str, end: str = "\n") -> None:
    """Write to stderr, at once and without passwords. That nobody reads it any more (`| head`) is no reason to stop."""
    with suppress(OSError):
        print(redacted(text), end=end, file=sys.stderr, flush=True)


def warn(what: object) -> None:
    """Say what is not wrong, and still to be known."""
    say(f"nixdock: warning: {what}")
