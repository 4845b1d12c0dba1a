"""Step `fetch-blob`: one blob of a registry; the derivation's output hash is the blob's digest.

Spec: imageName, digest, size (bytes), and how to reach the registry: tlsVerify, authFile, caBundle (`registry_access`).
Output: the file.
"""

from __future__ import annotations

from ..documents.fields import Fields
from ..oci.digest import digest_field
from ..outputs import named_file
from ..registries.client import BlobClient
from .attributes import Attributes
from .registry_access import read_access


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    blob = Fields(spec)
    digest, size = digest_field(blob, "digest"), blob.count("size")
    blob.check("the lock file", "make it again: nixdock lock REFERENCE")
    access = read_access(spec)
    bundle = access.environment["SSL_CERT_FILE"] if access.environment else None
    client = BlobClient(spec["imageName"], access, bundle)
    with named_file(attributes.out) as file:
        client.fetch(digest, size, file.write)
