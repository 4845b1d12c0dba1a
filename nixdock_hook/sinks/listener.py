"""Who is told what happens while an image moves."""

from __future__ import annotations

from ..errors import NixdockError
from .blobs import Blob
from .served_image import ServedImage


class Listener:
    """Told what happens while an image moves, by several threads. The base class ignores all events."""

    def begun(self, image: ServedImage) -> None:
        """Take note of what clients can have now."""

    def compressed(self, count: int) -> None:
        """Count so many more bytes of layers that are compressed, as they were before."""

    def sent(self, blob: Blob, count: int) -> None:
        """Count so many more bytes of a blob that are on their way to a client."""

    def archived(self, count: int) -> None:
        """Count so many more bytes of an archive, which holds the whole image, that are on their way to a client."""

    def note(self, text: str) -> None:
        """Tell something that whoever waits wants to know."""

    def failed(self, error: NixdockError) -> None:
        """Take note that a client did not get what it asked for, through no fault of its own."""
