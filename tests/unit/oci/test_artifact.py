"""Manifests of documents that are attached to an image."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.oci.artifact import (
    CYCLONEDX,
    IN_TOTO,
    PROVENANCE,
    SPDX,
    Attachment,
    artifact_of,
    attestations_of,
    fallback_tag,
    with_referrers,
)
from nixdock_hook.oci.model import INDEX, MANIFEST, Descriptor
from tests.support.images import sha256

SUBJECT = Descriptor(MANIFEST, "sha256:" + 64 * "a", 123)
BILL = Attachment(CYCLONEDX, b'{"bomFormat": "CycloneDX"}', "x.cdx.json", "https://cyclonedx.org/bom")
MADE = Attachment(IN_TOTO, b'{"buildDefinition":{}}', "provenance.json", PROVENANCE)
STATED = Attachment(IN_TOTO, b'{"_type":"t","predicateType":"https://p.example/"}', "signed.json")


def referrer(digit: str, **more: Any) -> Descriptor:
    return Descriptor(MANIFEST, f"sha256:{digit * 64}", 1, **more)


def test_a_document_as_an_artifact() -> None:
    artifact = artifact_of(BILL, "app", SUBJECT)
    manifest = json.loads(artifact.manifest)
    assert manifest["artifactType"] == CYCLONEDX
    assert manifest["subject"] == {"mediaType": MANIFEST, "digest": SUBJECT.digest, "size": 123}
    assert manifest["config"] == {"mediaType": "application/vnd.oci.empty.v1+json", "digest": sha256(b"{}"), "size": 2}
    [layer] = manifest["layers"]
    assert (layer["mediaType"], layer["digest"], layer["size"]) == (CYCLONEDX, sha256(BILL.data), len(BILL.data))
    assert layer["annotations"] == {"org.opencontainers.image.title": "x.cdx.json"}
    assert (artifact.listed.digest, artifact.listed.size) == (sha256(artifact.manifest), len(artifact.manifest))
    assert artifact.listed.to_json()["artifactType"] == CYCLONEDX
    assert [data for _, data in artifact.blobs] == [b"{}", BILL.data]


def test_a_predicate_becomes_a_statement() -> None:
    [_, (_, data)] = artifact_of(MADE, "app", SUBJECT).blobs
    assert json.loads(data) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "app", "digest": {"sha256": "a" * 64}}],
        "predicateType": PROVENANCE,
        "predicate": {"buildDefinition": {}},
    }
    assert artifact_of(STATED, "app", SUBJECT).blobs[1][1] == STATED.data


def test_attestations() -> None:
    artifact = attestations_of([BILL, MADE, STATED], "app", SUBJECT)
    manifest = json.loads(artifact.manifest)
    assert [layer["mediaType"] for layer in manifest["layers"]] == [IN_TOTO] * 3
    assert [layer["annotations"]["in-toto.io/predicate-type"] for layer in manifest["layers"]] == [
        "https://cyclonedx.org/bom",
        PROVENANCE,
        "https://p.example/",
    ]
    assert artifact.listed.annotations == {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": SUBJECT.digest,
    }
    assert json.loads(artifact.blobs[1][1])["predicate"] == {"bomFormat": "CycloneDX"}


def test_the_fallback_tag() -> None:
    assert fallback_tag(SUBJECT.digest) == "sha256-" + 64 * "a"


def test_a_first_list() -> None:
    listed = with_referrers(None, [referrer("1", artifact_type=SPDX, annotations={"a": "b"})], "here")
    assert json.loads(listed or b"") == {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [
            {
                "mediaType": MANIFEST,
                "digest": "sha256:" + 64 * "1",
                "size": 1,
                "artifactType": SPDX,
                "annotations": {"a": "b"},
            }
        ],
    }


def test_what_others_listed_stays_as_they_wrote_it() -> None:
    theirs = {"schemaVersion": 2, "x": 1, "manifests": [{**referrer("1").to_json(), "y": 2}], "annotations": {"z": "3"}}
    listed = with_referrers(json.dumps(theirs).encode(), [referrer("1"), referrer("2")], "here")
    assert json.loads(listed or b"") == {**theirs, "manifests": [*theirs["manifests"], referrer("2").to_json()]}  # type: ignore[misc]
    assert with_referrers(listed, [referrer("2")], "here") is None


def test_what_lists_nothing_yet() -> None:
    assert with_referrers(b'{"schemaVersion": 2, "manifests": null}', [referrer("1")], "here") is not None


IMAGE = b'{"schemaVersion": 2, "config": {}, "layers": []}'


@pytest.mark.parametrize("there", [b"", b"[]", IMAGE, b'{"manifests": [1]}'])
def test_what_is_no_list_is_not_overwritten(there: bytes) -> None:
    with pytest.raises(InvalidImage, match="here"):
        with_referrers(there, [referrer("1")], "here")
