"""Documents that a user attaches to an image: what a file is, and into the registry with it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from ..documents import canonical_json
from ..documents.canonical_json import MOST_OF_OURS
from ..errors import InvalidImage, InvalidInput, ProgramFailed
from ..inputs import open_once
from ..oci.artifact import (
    CYCLONEDX,
    IN_TOTO,
    PREDICATES,
    PROVENANCE,
    SPDX,
    Artifact,
    Attachment,
    artifact_of,
    fallback_tag,
    with_referrers,
)
from ..oci.digest import digest_of
from ..oci.model import INDEX, Descriptor
from ..registries.content import InMemory
from ..registries.upload import Repository

_WORD = "[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"  # RFC 6838, 4.2
_TYPED = re.compile(f"({_WORD}/{_WORD})=(.+)", re.DOTALL)
_HASH_AND_DASH = re.compile(r"[0-9a-df-np-sv-z]{32}-")
_MOST_BYTES = 40 << 20
"""Of a document: BuildKit and docker scout read attestations of so many; it is kept in memory."""
_TRIES = 5
"""How often an index of referrers is written that another client changes meanwhile."""


def read_attachment(word: str) -> Attachment:
    """Read what a user names: FILE, a document that says what it is, or TYPE/SUBTYPE=FILE, any file.

    Raises InvalidInput for what is none, OSError where it cannot be read.
    """
    typed = None if os.path.exists(word) else _TYPED.fullmatch(word)
    path = typed[2] if typed else word
    with open_once(path) as file:
        data = canonical_json.read_bytes(file, path, "attach a smaller one", _MOST_BYTES)
    title = _HASH_AND_DASH.sub("", os.path.basename(os.path.realpath(path)))
    if typed:
        return Attachment(typed[1], data, title)
    media_type, predicate_type = _kind(data, path)
    return Attachment(media_type, data, title, predicate_type)


def _kind(data: bytes, path: str) -> tuple[str, str]:
    """The media type of a document, and the type of the predicate that it is."""
    remedy = "attach a CycloneDX, SPDX or in-toto document in JSON, or say what it is: TYPE/SUBTYPE=FILE"
    try:
        value = canonical_json.load(data, path, most=MOST_OF_OURS)
    except InvalidImage as error:
        raise InvalidInput(f"a document of no known kind ({error.what})", path, remedy) from error
    match value:
        case {"bomFormat": "CycloneDX"}:
            return CYCLONEDX, PREDICATES[CYCLONEDX]
        case {"spdxVersion": str()}:
            return SPDX, PREDICATES[SPDX]
        case {"buildDefinition": dict()}:
            return IN_TOTO, PROVENANCE
        case {"_type": str(), "predicateType": str()}:
            return IN_TOTO, ""
    raise InvalidInput("a document of no known kind", path, remedy)


def check_attestable(attachments: Sequence[Attachment]) -> None:
    """Raise InvalidInput where a document cannot be an attestation: it says nothing of an image."""
    for attachment in attachments:
        if not attachment.predicate_type and attachment.media_type != IN_TOTO:
            remedy = "attach it without --attestations"
            raise InvalidInput(f"{attachment.media_type} is no attestation", attachment.title, remedy)


def attach(repository: Repository, tag: str, attachments: Sequence[Attachment]) -> list[Descriptor]:
    """Attach documents to what stands at a tag or digest, which stays what it is; returns their manifests.

    The registry is asked whether it lists referrers; for one that does not they are listed at the fallback tag. What is
    attached already is not attached again.
    Raises ProgramFailed where the registry refuses, InvalidImage where something else stands at the fallback tag.
    """
    found = repository.manifest(tag)
    if found is None:
        raise ProgramFailed("there is no image to attach something to", f"{repository.name}:{tag}", "push it again")
    subject = Descriptor(found.media_type, digest_of(found.data), len(found.data))
    artifacts = [artifact_of(attachment, repository.name, subject) for attachment in attachments]
    for artifact in artifacts:
        _push(repository, artifact)
    listed = [artifact.listed for artifact in artifacts]
    if repository.referrers(subject.digest) is None:
        _list(repository, subject.digest, listed)
    return listed


def _push(repository: Repository, artifact: Artifact) -> None:
    for descriptor, data in artifact.blobs:
        if not repository.has(descriptor.digest):
            repository.upload(descriptor.digest, InMemory(data))
    repository.put_manifest(artifact.listed.digest, artifact.listed.media_type, artifact.manifest)


def _list(repository: Repository, digest: str, referrers: Sequence[Descriptor]) -> None:
    """Have the index at the fallback tag name them. Another client may write it meanwhile: it is read again."""
    tag = fallback_tag(digest)
    where = f"{repository.name}:{tag}"
    for _ in range(_TRIES):
        there = repository.manifest(tag)
        index = with_referrers(there.data if there else None, referrers, where)
        if index is None:
            return
        repository.put_manifest(tag, INDEX, index)
    raise ProgramFailed("others keep on changing the list of referrers", where, "attach again")
