"""Lock files: an image of a registry, pinned by its manifest, which they hold (`nixdock lock`, pullImage's `lock`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self

from ..documents.fields import Fields
from ..errors import InvalidImage, InvalidInput
from ..oci.digest import digest_field, digest_of
from ..oci.model import Platform

VERSION = 1


@dataclass(frozen=True, slots=True)
class Lock:
    """An image that stays the same.

    reference: NAME:TAG or NAME@DIGEST as it was asked for. platform: which of several was.
    index: digest of the index that the manifest was found in, None where the reference led to it directly.
    manifest: its text as the registry has it, so that its digest stays what it is.
    """

    reference: str
    platform: Platform
    index: str | None
    manifest: str

    @property
    def digest(self) -> str:
        """The manifest's."""
        return digest_of(self.manifest.encode())

    @classmethod
    def from_json(cls, value: Any, where: object) -> Self:
        """Read a lock file. Raises InvalidInput where it is none, InvalidImage where it was altered by hand."""
        fields = Fields(value)
        version = fields.count("lock")
        if not fields.problems and version != VERSION:
            raise InvalidInput(f"lock version {version}", where, f"this nixdock reads version {VERSION}")
        index = digest_field(fields, "index") if "index" in fields else None
        platform = Platform.take(fields.inner("platform"))
        lock = cls(fields.text("reference"), platform, index, fields.text("manifest"))
        stated = digest_field(fields, "digest")
        fields.check(where, "make it again: nixdock lock REFERENCE")
        if stated != lock.digest:
            what = f"the manifest has the digest {lock.digest}, the lock says {stated}"
            raise InvalidImage(what, where, "it was altered, make it again: nixdock lock REFERENCE")
        return lock

    def to_text(self) -> str:
        """Return the lock file: a line for each field, so that a change reads well."""
        value = {
            "lock": VERSION,
            "reference": self.reference,
            "platform": self.platform.to_json(),
            "index": self.index,
            "digest": self.digest,
            "manifest": self.manifest,
        }
        return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
