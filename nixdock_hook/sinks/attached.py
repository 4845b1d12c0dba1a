"""Images with documents attached, as a registry knows them: the image itself stays what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..documents import canonical_json
from ..oci.artifact import Artifact, Attachment, artifact_of, attestations_of
from ..oci.model import INDEX, MANIFEST, Descriptor, Index, Platform
from .blobs import Blob, Document
from .served_image import ServedImage

_NOWHERE = Platform("unknown", "unknown")
"""The platform of attestations: no client takes them for an image that it could run."""


def with_referrers(image: ServedImage, attachments: Sequence[Attachment]) -> ServedImage:
    """Attach documents as artifacts that refer to the image, or index."""
    subject = image.manifest.descriptor
    artifacts = [artifact_of(attachment, image.repository, subject) for attachment in attachments]
    listed = tuple(artifact.listed for artifact in artifacts)
    return replace(
        image,
        blobs={**image.blobs, **_blobs(artifacts)},
        named={**image.named, **_manifests(artifacts)},
        referrers={subject.digest: listed},
    )


def with_attestations(image: ServedImage, platform: Platform, attachments: Sequence[Attachment]) -> ServedImage:
    """Put the image of a platform into an index, with attestations beside it."""
    subject = image.manifest.descriptor
    artifact = attestations_of(attachments, image.repository, subject)
    manifests = (replace(subject, platform=platform), replace(artifact.listed, platform=_NOWHERE))
    return replace(
        image,
        manifest=Document(INDEX, canonical_json.dump(Index(manifests).to_json())),
        blobs={**image.blobs, **_blobs([artifact])},
        named={subject.digest: image.manifest, **_manifests([artifact])},
    )


def _manifests(artifacts: Sequence[Artifact]) -> Mapping[str, Document]:
    return {artifact.listed.digest: Document(MANIFEST, artifact.manifest) for artifact in artifacts}


def _blobs(artifacts: Sequence[Artifact]) -> Mapping[str, Blob]:
    pairs = (pair for artifact in artifacts for pair in artifact.blobs)
    return {descriptor.digest: Document(descriptor.media_type, data) for descriptor, data in pairs}


def referrers_of(images: Sequence[ServedImage], digest: str) -> tuple[Descriptor, ...]:
    """Return what refers to a manifest, each once."""
    found = (referrer for image in images for referrer in image.referrers.get(digest, ()))
    return tuple({referrer.digest: referrer for referrer in found}.values())
