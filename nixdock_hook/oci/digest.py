"""Digests: `sha256:` and 64 lower-case hexadecimal digits (OCI image specification, descriptor.md, "Digests")."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any, BinaryIO

from ..documents.fields import Fields

CHUNK = 1 << 20
"""Bytes to hash at once: large enough for hashlib to release the GIL and for its per-call cost to vanish."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

# hashlib takes OpenSSL's implementation where Python was built with it; the other one is six times slower.
sha256 = hashlib.sha256


def is_digest(value: object) -> bool:
    """Tell whether `value` is a digest of the one algorithm that images use."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def digest_field(fields: Fields, key: str) -> str:
    """Read a required digest of a document."""
    return fields.checked_text(key, is_digest, "is no sha256 digest")


def digest_fields(fields: Fields, key: str) -> tuple[str, ...]:
    """Read a list of digests of a document, empty where it is absent."""
    return fields.checked_texts(key, is_digest, "is no sha256 digest")


def digest_of(data: bytes | bytearray | memoryview) -> str:
    """The digest of bytes that are in memory."""
    return f"sha256:{sha256(data).hexdigest()}"


class HashingReader(io.RawIOBase):
    """Reads through to `source`, hashing and counting every byte on its way; seeks forwards, by reading.

    Wrap it in `io.BufferedReader(…, CHUNK)` where the consumer takes small pieces: the hash then still gets large ones.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._hash = sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        # BinaryIO does not promise readinto, but every stream of the io module has it.
        count: int = self._source.readinto(view)  # type: ignore[attr-defined]
        self._hash.update(view[:count])
        self.size += count
        return count

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        target = self.size + offset if whence == io.SEEK_CUR else offset
        if whence == io.SEEK_END or target < self.size:
            raise io.UnsupportedOperation("what was hashed cannot be read again")
        piece = memoryview(bytearray(min(CHUNK, target - self.size)))
        while self.size < target and self.readinto(piece[: target - self.size]):
            pass
        return self.size

    @property
    def digest(self) -> str:
        """The digest of what was read so far."""
        return f"sha256:{self._hash.hexdigest()}"
