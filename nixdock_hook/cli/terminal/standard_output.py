"""An archive to stdout, as `stream` and `archive RECIPE -` write it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ...errors import InvalidInput
from ...outputs import named_output


@contextmanager
def archive_output() -> Iterator[BinaryIO]:
    """Give stdout for an archive. Raises InvalidInput where it is a terminal, OSError where it is closed or full.

    Not through sys.stdout: what its buffer still holds at the end would be written where no error names it.
    """
    if sys.stdout.isatty():
        raise InvalidInput("an archive would go to the terminal", "stdout", "pipe it: … | docker load")
    # A reader that goes away ends us as it ends `cat`: without a traceback.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    with named_output(sys.stdout.fileno(), "stdout") as output:
        yield output
