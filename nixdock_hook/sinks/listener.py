"""Who is told what happens while an image moves."""

from __future__ import annotations

from ..errors import NixdockError
from ..oci.model import Descriptor


class Listener:
    """Told what happens while an image moves, by several threads. The base class ignores all events."""

    def compressed(self, count: int) -> None:
        """Count so many more bytes of layers that are compressed, as they were before."""

    def sent(self, blob: Descriptor, count: int) -> None:
        """Count so many more bytes of a blob that are on their way to a client, or into a registry."""

    def archived(self, count: int) -> None:
        """Count so many more bytes of an archive, which holds the whole image, that are on their way to a client."""

    def note(self, text: str) -> None:
        """Tell something that whoever waits wants to know."""

    def failed(self, error: NixdockError) -> None:
        """Take note that a client did not get what it asked for, through no fault of its own."""
