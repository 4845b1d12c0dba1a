"""What commands write to stdout as bytes: archives, and documents that may also go to a file."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ...errors import InvalidInput
from ...outputs import named_output, whole_file


@contextmanager
def archive_output() -> Iterator[BinaryIO]:
    """Give stdout for an archive. Raises InvalidInput where it is a terminal, OSError where it is closed or full.

    Not through sys.stdout: what its buffer still holds at the end would be written where no error names it.
    """
    if sys.stdout.isatty():
        raise InvalidInput("an archive would go to the terminal", "stdout", "pipe it: … | docker load")
    with _stdout() as output:
        yield output


def write_document(document: bytes, path: str) -> None:
    """Write a document to a file, whole or not at all, or where the path is `-` to stdout. Raises OSError, named."""
    with _stdout() if path == "-" else whole_file(path) as output:
        output.write(document)


@contextmanager
def _stdout() -> Iterator[BinaryIO]:
    # A reader that goes away ends us as it ends `cat`: without a traceback.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    with named_output(sys.stdout.fileno(), "stdout") as output:
        yield output
