"""Documents that are attached to an image in a registry, with its list of referrers and without."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.copying import attachments
from nixdock_hook.copying.attachments import attach, read_attachment
from nixdock_hook.copying.push import Push
from nixdock_hook.errors import InvalidImage, InvalidInput, ProgramFailed
from nixdock_hook.images.index import ImageIndex
from nixdock_hook.images.recipe import Recipe
from nixdock_hook.oci.artifact import CYCLONEDX, IN_TOTO, PROVENANCE, SPDX, Attachment
from nixdock_hook.oci.model import Platform
from nixdock_hook.registries.access import Access
from nixdock_hook.registries.upload import Repository
from nixdock_hook.sinks.listener import Listener
from tests.support.images import layer
from tests.support.moody_registry import Moody
from tests.support.recipes import recipe, tar_layer

BILLS = (
    Attachment(CYCLONEDX, b'{"bomFormat":"CycloneDX"}', "x.cdx.json", "https://cyclonedx.org/bom"),
    Attachment(SPDX, b'{"spdxVersion":"SPDX-2.3"}', "x.spdx.json", "https://spdx.dev/Document"),
)


@pytest.fixture
def image(tmp_path: Path) -> Recipe:
    return recipe(tar_layer(tmp_path / "layer", layer({"x": os.urandom(100)})))


def push(moody: Moody, image: Recipe, *documents: Attachment, **more: Any) -> str:
    digest = Push(image, "app:1", f"docker://{moody.host}/app:1", attachments=documents, **more).run(Listener())
    assert digest
    return digest


def listed(moody: Moody, digest: str) -> list[dict[str, Any]]:
    return list(json.loads(moody.manifests["app", digest.replace(":", "-")][1])["manifests"])


@pytest.mark.parametrize(
    ("text", "media_type", "predicate_type"),
    [
        ('{"bomFormat": "CycloneDX"}', CYCLONEDX, "https://cyclonedx.org/bom"),
        ('{"spdxVersion": "SPDX-2.3"}', SPDX, "https://spdx.dev/Document"),
        ('{"buildDefinition": {}}', IN_TOTO, PROVENANCE),
        ('{"_type": "https://in-toto.io/Statement/v1", "predicateType": "x"}', IN_TOTO, ""),
    ],
)
def test_a_document_says_what_it_is(tmp_path: Path, text: str, media_type: str, predicate_type: str) -> None:
    file = tmp_path / f"{'a' * 32}-x.json"
    file.write_text(text)
    found = read_attachment(str(file))
    assert (found.media_type, found.predicate_type, found.title) == (media_type, predicate_type, "x.json")
    assert found.data == text.encode()


def test_any_file_by_a_type(tmp_path: Path) -> None:
    file = tmp_path / "notes=1.md"
    file.write_text("# x")
    assert read_attachment(f"text/markdown={file}") == Attachment("text/markdown", b"# x", "notes=1.md")
    (tmp_path / "text").mkdir()
    (tmp_path / "text/markdown=x").write_text("{}")
    with pytest.raises(InvalidInput, match="no known kind"):
        read_attachment(str(tmp_path / "text/markdown=x"))


@pytest.mark.parametrize("text", ["", "{", "{}", '{"bomFormat": "other"}', "[]", "\0"])
def test_a_file_of_no_known_kind(tmp_path: Path, text: str) -> None:
    (tmp_path / "x").write_text(text)
    with pytest.raises(InvalidInput, match="TYPE/SUBTYPE=FILE"):
        read_attachment(str(tmp_path / "x"))


def test_a_document_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(BILLS[0].data)
    monkeypatch.setattr(attachments, "_MOST_BYTES", len(BILLS[0].data))
    assert read_attachment(str(tmp_path / "x")).media_type == CYCLONEDX
    monkeypatch.setattr(attachments, "_MOST_BYTES", len(BILLS[0].data) - 1)
    with pytest.raises(InvalidImage, match="attach a smaller one"):
        read_attachment(str(tmp_path / "x"))


def test_a_registry_that_lists_referrers_needs_no_tag(moody: Moody, image: Recipe) -> None:
    moody.lists = True
    digest = push(moody, image, *BILLS)
    assert ("app", digest.replace(":", "-")) not in moody.manifests
    artifacts = [json.loads(data) for (_, name), (_, data) in moody.manifests.items() if name not in ("1", digest)]
    assert [artifact["artifactType"] for artifact in artifacts] == [CYCLONEDX, SPDX]
    assert {artifact["subject"]["digest"] for artifact in artifacts} == {digest}
    assert moody.blobs["app", artifacts[0]["layers"][0]["digest"]] == BILLS[0].data


def test_for_any_other_the_tag_lists_them(moody: Moody, image: Recipe) -> None:
    digest = push(moody, image, *BILLS)
    assert [entry["artifactType"] for entry in listed(moody, digest)] == [CYCLONEDX, SPDX]
    assert all(("app", entry["digest"]) in moody.manifests for entry in listed(moody, digest))
    assert push(moody, image) == digest


def test_what_is_attached_already_is_not_attached_again(moody: Moody, image: Recipe) -> None:
    digest = push(moody, image, *BILLS)
    before = dict(moody.manifests), moody.count("POST", "uploads")
    assert push(moody, image, *BILLS) == digest
    assert (dict(moody.manifests), moody.count("POST", "uploads")) == before


def test_the_list_of_others_is_kept(moody: Moody, image: Recipe) -> None:
    digest = push(moody, image, BILLS[0])
    with closing(Repository(f"{moody.host}/app", Access())) as repository:
        attach(repository, digest, BILLS[1:])
    assert [entry["artifactType"] for entry in listed(moody, digest)] == [CYCLONEDX, SPDX]


def test_a_list_that_others_change_meanwhile_is_written_again(moody: Moody, image: Recipe) -> None:
    moody.forgets = 2
    digest = push(moody, image, BILLS[0])
    assert [entry.get("artifactType") for entry in listed(moody, digest)] == [None, CYCLONEDX]


def test_a_list_that_others_never_leave_alone(moody: Moody, image: Recipe) -> None:
    moody.forgets = 1000
    with pytest.raises(ProgramFailed, match="attach again"):
        push(moody, image, BILLS[0])


def test_something_else_at_the_tag_is_not_overwritten(moody: Moody, image: Recipe) -> None:
    digest = push(moody, image)
    kept = moody.manifests["app", "1"]
    moody.manifests["app", digest.replace(":", "-")] = kept
    with pytest.raises(InvalidImage, match="two kinds|is missing|manifests"):
        push(moody, image, BILLS[0])
    assert moody.manifests["app", digest.replace(":", "-")] == kept


def test_attestations_come_in_an_index(moody: Moody, image: Recipe) -> None:
    plain = push(moody, image)
    digest = push(moody, image, *BILLS, is_attested=True)
    index = json.loads(moody.manifests["app", "1"][1])
    assert [entry["digest"] for entry in index["manifests"]][:1] == [plain]
    attestation = json.loads(moody.manifests["app", index["manifests"][1]["digest"]][1])
    statements = [json.loads(moody.blobs["app", one["digest"]]) for one in attestation["layers"]]
    assert [one["predicateType"] for one in statements] == ["https://cyclonedx.org/bom", "https://spdx.dev/Document"]
    assert {one["subject"][0]["digest"]["sha256"] for one in statements} == {plain.removeprefix("sha256:")}
    assert not [name for name in moody.manifests if name[1] == digest.replace(":", "-")]
    # and the next push knows its layers from there
    uploads = moody.count("POST", "uploads")
    assert push(moody, image, *BILLS, is_attested=True) == digest
    assert moody.count("POST", "uploads") == uploads


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"destination": "oci:x:1"}, "only a registry"),
        ({"is_attested": True, "with_skopeo": True}, "skopeo pushes no attestations"),
        ({"is_attested": True, "attachments": (Attachment("text/plain", b"", "x"),)}, "text/plain is no attestation"),
    ],
)
def test_what_cannot_be(image: Recipe, more: dict[str, Any], message: str) -> None:
    given = {"destination": "docker://h.example/app:1", "attachments": BILLS, **more}
    with pytest.raises(InvalidInput, match=message):
        Push(image, "app:1", **given)


def test_an_index_has_no_room_for_attestations(image: Recipe) -> None:
    index = ImageIndex("app", "1", (image, recipe(platform=Platform("arm64", "linux"))))
    with pytest.raises(InvalidInput, match="refer to the index"):
        Push(index, "app:1", "docker://h.example/app:1", attachments=BILLS, is_attested=True)
