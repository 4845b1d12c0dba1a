"""Step `fetch-blob`: one blob of a registry; the derivation's output hash is the blob's digest. Output: the file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields, Fields
from ..oci.digest import digest_field
from ..outputs import named_file
from ..registries.access import BuildAccess
from ..registries.client import BlobClient
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    """image_name: HOST/PATH. size: in bytes."""

    image_name: str
    digest: str
    size: int
    access: BuildAccess

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        name, access = fields.text("imageName"), BuildAccess.take(fields)
        blob = Fields({key: fields.value(key) for key in ("digest", "size")})
        digest, size = digest_field(blob, "digest"), blob.count("size")
        if not fields.problems:  # else it may be that they are not there at all
            blob.check("the lock file", "make it again: nixdock lock REFERENCE")
        return cls(name, digest, size, access)


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    access = spec.access.within(os.environ)
    bundle = access.environment["SSL_CERT_FILE"] if access.environment else None
    client = BlobClient(spec.image_name, access, bundle)
    with named_file(out) as file:
        client.fetch(spec.digest, spec.size, file.write)
