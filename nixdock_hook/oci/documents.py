"""JSON documents of an image (manifests, configs, indexes), before they are parsed."""

from __future__ import annotations

from typing import BinaryIO

from ..errors import InvalidImage

MOST_DOCUMENT_BYTES = 8 << 20
"""In one document: registries take manifests of 4 MiB, and no config comes near; Python needs 20 times the memory."""


def read_document(file: BinaryIO, where: object) -> bytes:
    """Read a document to the end of `file`. Raises InvalidImage, naming `where`, for one that is too large."""
    data = file.read(MOST_DOCUMENT_BYTES + 1)
    if len(data) > MOST_DOCUMENT_BYTES:
        what = f"a JSON document of more than {MOST_DOCUMENT_BYTES} bytes"
        raise InvalidImage(what, where, "get the image from another source: no runtime takes it")
    return data
