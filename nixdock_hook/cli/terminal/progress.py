"""What a person sees on stderr while an image moves: each layer that moves, and at the end how much did."""

from __future__ import annotations

import sys
import time
from threading import Lock

from ...images.index import Image, recipes_of
from ...insight.text import size_text
from ...messages import say
from ...oci.model import Descriptor
from ...sinks.listener import Listener

_ERASE = "\x1b[K"  # ECMA-48, EL: to the end of the line
_OFTEN = 0.1  # seconds between two states of the last line


class Progress(Listener):
    """Counts what a registry sends. Errors are not told here: they end the command.

    On a terminal the last line says how far it is, until the next message takes its place.
    """

    def __init__(self, image: Image, quiet: bool) -> None:
        self._quiet = quiet
        self._live = not quiet and sys.stderr.isatty()
        self._count = len({layer.diff_id for recipe in recipes_of(image) for layer in recipe.layers})
        self._sizes: dict[str, int] = {}
        self._sent: dict[str, int] = {}
        self._compressed = 0
        self._archived = 0
        self._lock = Lock()
        self._start = self._shown = time.monotonic()

    def compressed(self, count: int) -> None:
        self._compressed += count
        if self._is_due():
            self._show(f"{size_text(self._compressed)} compressed")

    def sent(self, blob: Descriptor, count: int) -> None:
        if "layer" not in blob.media_type:
            return
        with self._lock:
            begun = blob.digest in self._sent
            # Of what has to be sent again no more than all of it.
            self._sent[blob.digest] = min(self._sent.get(blob.digest, 0) + count, blob.size)
            self._sizes[blob.digest] = blob.size
            if not begun:
                self.note(f"layer {len(self._sent)} to move: {size_text(blob.size)}, {blob.digest[:19]}")
            if self._is_due():
                moved, size = sum(self._sent.values()), sum(self._sizes.values())
                self._show(f"{size_text(moved)} of {size_text(size)} moved")

    def archived(self, count: int) -> None:
        self._archived += count
        if self._is_due():
            self._show(f"{size_text(self._archived)} of the archive")

    def note(self, text: str) -> None:
        if not self._quiet:
            say(f"{_ERASE * self._live}nixdock: {text}")

    def finished(self, where: str) -> None:
        """Say how much moved."""
        moved, size = len(self._sent), sum(self._sent.values())
        what = f"{max(0, self._count - moved)} of {self._count} layers were there, {size_text(size)} moved"
        if self._archived:
            what = f"the whole image, {size_text(self._archived)}, was sent"
        self.note(f"{where}: {what} in {time.monotonic() - self._start:.1f} s")

    def written(self, where: str) -> None:
        """Say on a terminal that an archive or a layout is there; a program that waits sees it end."""
        if self._live:
            self.note(f"{where}: written in {time.monotonic() - self._start:.1f} s")

    def _is_due(self) -> bool:
        """Whether to write the last line again, which is then shown: not at every piece, and on a terminal alone."""
        now = time.monotonic()
        due = self._live and now - self._shown >= _OFTEN
        if due:
            self._shown = now
        return due

    def _show(self, state: str) -> None:
        """Write the last line, and go back to its beginning: whoever writes next, writes over it."""
        say(f"{_ERASE}nixdock: {state}", end="\r")
