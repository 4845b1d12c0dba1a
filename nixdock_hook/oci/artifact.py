"""Documents that are attached to an image: as artifacts that refer to it, or as attestations beside it in an index.

An artifact is a manifest with an empty config and a `subject`, the image (image-spec 1.1, manifest.md, "Guidelines for
Artifact Usage"). Registries list them under `referrers`; where one does not, they are in an index at the tag
`sha256-HEX` (distribution-spec 1.1, "Referrers Tag Schema"). Attestations are BuildKit's form
(docs/attestations/attestation-storage.md): what is said is an in-toto statement about the image's manifest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..documents import canonical_json
from .digest import digest_of
from .model import MANIFEST, Descriptor, Index

CYCLONEDX = "application/vnd.cyclonedx+json"
SPDX = "application/spdx+json"
IN_TOTO = "application/vnd.in-toto+json"
EMPTY = b"{}"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATES: Mapping[str, str] = {CYCLONEDX: "https://cyclonedx.org/bom", SPDX: "https://spdx.dev/Document"}
PROVENANCE = "https://slsa.dev/provenance/v1"

_TITLE = "org.opencontainers.image.title"
_PREDICATE_TYPE = "in-toto.io/predicate-type"
_ATTESTATION = "application/vnd.docker.attestation.manifest.v1+json"
ATTESTATION_OF = "vnd.docker.reference.digest"
ATTESTATION_KIND = {"vnd.docker.reference.type": "attestation-manifest"}
JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document.

    media_type: its own, and the artifact type of the manifest that holds it. title: the name of its file.
    predicate_type: what it says, where it is a predicate about an image; "" where it is none, or a whole statement.
    """

    media_type: str
    data: bytes
    title: str
    predicate_type: str = ""

    def blob(self, name: str, subject: Descriptor) -> bytes:
        """Return the document as an artifact of an image has it: one that only is a predicate as a statement."""
        return self.statement(name, subject) if self.media_type == IN_TOTO else self.data

    def statement(self, name: str, subject: Descriptor) -> bytes:
        """Return it as an in-toto statement about an image. name: HOST/PATH:TAG, or a part of it."""
        if not self.predicate_type:
            return self.data
        algorithm, _, digits = subject.digest.partition(":")
        return canonical_json.dump(
            {
                "_type": STATEMENT,
                "subject": [{"name": name, "digest": {algorithm: digits}}],
                "predicateType": self.predicate_type,
                "predicate": canonical_json.load(self.data, self.title, most=canonical_json.MOST_OF_OURS),
            }
        )


@dataclass(frozen=True, slots=True)
class Artifact:
    """A manifest, and the blobs that it names, the config first. listed: as lists of referrers name the manifest."""

    manifest: bytes
    listed: Descriptor
    blobs: tuple[tuple[Descriptor, bytes], ...]


def artifact_of(attachment: Attachment, name: str, subject: Descriptor) -> Artifact:
    """Return the artifact that attaches a document to an image."""
    blob = _blob(attachment.media_type, attachment.blob(name, subject), {_TITLE: attachment.title})
    return _artifact(attachment.media_type, [blob], subject, {_TITLE: attachment.title})


def attestations_of(attachments: Iterable[Attachment], name: str, subject: Descriptor) -> Artifact:
    """Return the manifest that stands beside an image in an index, and says all these documents of it."""
    blobs = []
    for attachment in attachments:
        statement = attachment.statement(name, subject)
        kind = attachment.predicate_type or str(canonical_json.load(statement, attachment.title)["predicateType"])
        blobs.append(_blob(IN_TOTO, statement, {_PREDICATE_TYPE: kind}))
    return _artifact(_ATTESTATION, blobs, subject, {**ATTESTATION_KIND, ATTESTATION_OF: subject.digest})


def fallback_tag(digest: str) -> str:
    """Return the tag at which clients list the referrers of an image for a registry that does not."""
    return digest.replace(":", "-")


def with_referrers(index: bytes | None, referrers: Iterable[Descriptor], where: object) -> bytes | None:
    """Return an index of referrers with more of them; None where it has all of them already.

    index: what stands at `fallback_tag`; None where nothing does. All that others wrote into it stays.
    Raises InvalidImage where it is no index.
    """
    value: JSON = Index(()).to_json()
    if index is not None:
        value = canonical_json.load(index, where)
        Index.from_json(value, where)
    known = {entry["digest"] for entry in value.get("manifests") or ()}
    missing = [referrer.to_json() for referrer in referrers if referrer.digest not in known]
    if not missing:
        return None
    return canonical_json.dump({**value, "manifests": [*(value.get("manifests") or ()), *missing]})


def _blob(media_type: str, data: bytes, annotations: Mapping[str, str]) -> tuple[Descriptor, bytes]:
    return Descriptor(media_type, digest_of(data), len(data), annotations=annotations), data


def _artifact(
    artifact_type: str, blobs: list[tuple[Descriptor, bytes]], subject: Descriptor, annotations: Mapping[str, str]
) -> Artifact:
    config = Descriptor(EMPTY_TYPE, digest_of(EMPTY), len(EMPTY))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": artifact_type,
        "config": config.to_json(),
        "layers": [descriptor.to_json() for descriptor, _ in blobs],
        "subject": Descriptor(subject.media_type, subject.digest, subject.size).to_json(),
    }
    data = canonical_json.dump(manifest)
    listed = Descriptor(MANIFEST, digest_of(data), len(data), annotations=annotations, artifact_type=artifact_type)
    return Artifact(data, listed, ((config, EMPTY), *blobs))
