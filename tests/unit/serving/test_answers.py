from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import Busy, InvalidInput, NixdockError, NotFound, ProgramFailed
from nixdock_hook.images.index import ImageIndex
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.oci.artifact import CYCLONEDX, SPDX, Attachment
from nixdock_hook.oci.model import Platform
from nixdock_hook.serving.answers import Answer, Registry
from nixdock_hook.sinks.attached import with_referrers
from nixdock_hook.sinks.blobs import Document
from nixdock_hook.sinks.served_image import ServedImage, served_image
from tests.support import images
from tests.support.images import sha256
from tests.support.recipes import recipe, tar_layer

LAYER = images.layer({"one": b"1"})
UNKNOWN = sha256(b"unknown")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[dict[str, ServedImage]]:
    layer = tar_layer(tmp_path / "layer", LAYER)
    with layer_contents() as contents:
        names = ("app:1", "app:2", "app:10", "team/tool:1", "zoo:1")
        yield {name: served_image(recipe(layer, config={"Cmd": [name]}), name, contents) for name in names}


@pytest.fixture
def registry(served: dict[str, ServedImage]) -> Registry:
    return Registry(list(served.values()))


def body(answer: Answer) -> Any:
    pieces: list[bytes] = []
    answer.body.write(lambda piece: pieces.append(bytes(piece)))
    return json.loads(b"".join(pieces))


@pytest.mark.parametrize("path", ["/v2/", "/v2"])
def test_it_says_that_it_is_one(registry: Registry, path: str) -> None:
    assert (registry.answer(path).status, body(registry.answer(path))) == (200, {})


def test_a_manifest_by_tag_and_by_digest(registry: Registry, served: dict[str, ServedImage]) -> None:
    manifest = served["app:2"].manifest
    digest = manifest.descriptor.digest
    for reference in ("2", digest):
        answer = registry.answer(f"/v2/app/manifests/{reference}")
        assert (answer.status, answer.body) == (200, manifest)
        assert answer.headers["Docker-Content-Digest"] == digest
    assert body(registry.answer(f"/v2/team/tool/manifests/{digest}"))["errors"][0]["code"] == "MANIFEST_UNKNOWN"


def test_the_manifests_that_an_index_names(tmp_path: Path) -> None:
    layer = tar_layer(tmp_path / "layer", LAYER)
    recipes = recipe(layer), recipe(layer, platform=Platform("arm64", "linux"))
    with layer_contents() as contents:
        served = served_image(ImageIndex("app", "1", recipes), "app:1", contents)
    registry = Registry([served])
    answer = registry.answer("/v2/app/manifests/1")
    assert (answer.body, answer.headers["Docker-Content-Digest"]) == (
        served.manifest,
        served.manifest.descriptor.digest,
    )
    named = [entry["digest"] for entry in body(answer)["manifests"]]
    for digest, image in zip(named, recipes, strict=True):
        manifest = registry.answer(f"/v2/app/manifests/{digest}")
        assert manifest.headers["Docker-Content-Digest"] == digest
        assert body(manifest)["config"]["digest"] == sha256(image.oci_config())


def test_a_blob_of_the_repository_that_was_asked(registry: Registry) -> None:
    answer = registry.answer(f"/v2/team/tool/blobs/{sha256(LAYER)}")
    assert answer.status == 200 and answer.body.descriptor.size == len(LAYER)
    assert registry.asked_in_vain == set()


def test_a_percent_encoded_path(registry: Registry) -> None:
    assert registry.answer(f"/v2/team/tool/blobs/{sha256(LAYER).replace(':', '%3A')}").status == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/", 404, "NAME_UNKNOWN"),
        ("/v1/search", 404, "NAME_UNKNOWN"),
        ("/v2/other/tags/list", 404, "NAME_UNKNOWN"),
        ("/v2/other/manifests/1", 404, "NAME_UNKNOWN"),
        (f"/v2/other/blobs/{UNKNOWN}", 404, "NAME_UNKNOWN"),
        ("/v2/app/manifests/3", 404, "MANIFEST_UNKNOWN"),
        (f"/v2/app/blobs/{UNKNOWN}", 404, "BLOB_UNKNOWN"),
        ("/v2/app/blobs/../../../etc/passwd", 404, "NAME_UNKNOWN"),
        ("/v2/app/blobs/sha256:1", 400, "DIGEST_INVALID"),
        ("/v2/app/referrers/sha256:1", 400, "DIGEST_INVALID"),
        ("http://[bad/v2/", 400, "NAME_INVALID"),
        ("/v2/app/tags/list?n=x", 400, "PAGINATION_NUMBER_INVALID"),
        (f"/v2/app/tags/list?n={'9' * 5000}", 400, "PAGINATION_NUMBER_INVALID"),
    ],
)
def test_errors(registry: Registry, path: str, status: int, code: str) -> None:
    answer = registry.answer(path)
    [error] = body(answer)["errors"]
    assert (answer.status, error["code"]) == (status, code)
    assert error["message"]
    assert answer.body.descriptor.media_type == "application/json"


def test_it_remembers_what_was_asked_in_vain(registry: Registry) -> None:
    registry.answer(f"/v2/app/blobs/{UNKNOWN}")
    assert registry.asked_in_vain == {UNKNOWN}


def test_not_all_that_was_asked_in_vain(registry: Registry) -> None:
    for number in range(5000):
        registry.answer(f"/v2/app/blobs/{sha256(b'%d' % number)}")
    assert 1000 < len(registry.asked_in_vain) < 5000


def test_tags_are_sorted(registry: Registry) -> None:
    assert body(registry.answer("/v2/app/tags/list")) == {"name": "app", "tags": ["1", "10", "2"]}


def test_the_catalog_page_by_page(registry: Registry) -> None:
    assert body(registry.answer("/v2/_catalog")) == {"repositories": ["app", "team/tool", "zoo"]}
    page = registry.answer("/v2/_catalog?n=2")
    assert body(page) == {"repositories": ["app", "team/tool"]}
    link = page.headers["Link"]
    assert link == '</v2/_catalog?n=2&last=team%2Ftool>; rel="next"'
    last = registry.answer(link[1 : link.index(">")])
    assert (body(last), "Link" in last.headers) == ({"repositories": ["zoo"]}, False)


def test_nothing_refers_to_an_image(registry: Registry, served: dict[str, ServedImage]) -> None:
    answer = registry.answer(f"/v2/app/referrers/{served['app:1'].manifest.descriptor.digest}")
    assert answer.status == 200
    assert answer.body.descriptor.media_type == body(answer)["mediaType"] == "application/vnd.oci.image.index.v1+json"
    assert body(answer)["manifests"] == []


def test_two_images_of_one_name(served: dict[str, ServedImage]) -> None:
    with pytest.raises(InvalidInput, match="two images would be served as app:1"):
        Registry([served["app:1"], served["app:2"], served["app:1"]])


class TestOnDemand:
    """Images that are made when their tag is asked for."""

    def test_each_question_for_a_tag_gets_what_is_made_now(self, served: dict[str, ServedImage]) -> None:
        made = [served["app:1"], replace(served["app:2"], tag="1"), served["app:1"]]
        waiting = iter(made)
        registry = Registry([], lambda name, tag, is_gone: next(waiting))
        assert body(registry.answer("/v2/_catalog")) == {"repositories": []}
        for image in made:
            assert registry.answer("/v2/app/manifests/1").body == image.manifest
        assert body(registry.answer("/v2/app/tags/list"))["tags"] == ["1"]

    def test_what_was_replaced_stays_by_its_digests(self, served: dict[str, ServedImage]) -> None:
        old, new = served["app:1"], replace(served["app:2"], tag="1")
        waiting = iter([old, new])
        registry = Registry([], lambda name, tag, is_gone: next(waiting))
        for _ in range(2):
            registry.answer("/v2/app/manifests/1")
        for image in (old, new):  # neither asks for an image to be made: there is none left
            assert registry.answer(f"/v2/app/manifests/{image.manifest.descriptor.digest}").status == 200
            assert all(registry.answer(f"/v2/app/blobs/{digest}").status == 200 for digest in image.blobs)

    def test_what_was_replaced_often_does_not_stay(self, served: dict[str, ServedImage]) -> None:
        """A server that runs for weeks does not grow."""
        data = [replace(served["app:1"], manifest=Document("a/b", b"%d" % number)) for number in range(50)]
        waiting = iter(data)
        registry = Registry([served["app:2"]], lambda name, tag, is_gone: next(waiting))
        for _ in data:
            registry.answer("/v2/app/manifests/1")
        statuses = [registry.answer(f"/v2/app/manifests/{image.manifest.descriptor.digest}").status for image in data]
        assert statuses == [404] * 41 + [200] * 9
        assert registry.answer(f"/v2/app/manifests/{served['app:2'].manifest.descriptor.digest}").status == 200

    def test_who_waits_in_vain_is_told_to_come_again(self) -> None:
        def make(name: str, tag: str, is_gone: object) -> ServedImage:
            raise Busy("no", "x", "y")

        answer = Registry([], make).answer("/v2/app/manifests/1")
        assert (answer.status, body(answer)["errors"][0]["code"]) == (429, "TOOMANYREQUESTS")
        assert int(answer.headers["Retry-After"]) > 0

    @pytest.mark.parametrize(
        ("error", "code"),
        [(NotFound("no", "x", "y"), "NAME_UNKNOWN"), (ProgramFailed("no", "x", "y"), "MANIFEST_UNKNOWN")],
    )
    def test_why_there_is_none(self, error: NixdockError, code: str) -> None:
        def make(name: str, tag: str, is_gone: object) -> ServedImage:
            raise error

        answer = Registry([], make).answer("/v2/app/manifests/1")
        assert (answer.status, body(answer)) == (404, {"errors": [{"code": code, "message": "no in x: y"}]})


@pytest.fixture
def attached(served: dict[str, ServedImage]) -> ServedImage:
    return with_referrers(served["app:2"], [Attachment(CYCLONEDX, b"{}", "a"), Attachment(SPDX, b"[]", "b")])


def test_what_is_attached_is_listed_and_served(attached: ServedImage, served: dict[str, ServedImage]) -> None:
    registry = Registry([served["app:1"], attached])
    digest = attached.manifest.descriptor.digest
    listed = registry.answer(f"/v2/app/referrers/{digest}")
    assert listed.body.descriptor.media_type == "application/vnd.oci.image.index.v1+json"
    assert [entry["artifactType"] for entry in body(listed)["manifests"]] == [CYCLONEDX, SPDX]
    for entry in body(listed)["manifests"]:
        manifest = registry.answer(f"/v2/app/manifests/{entry['digest']}")
        assert body(manifest)["subject"]["digest"] == digest
        for blob in (body(manifest)["config"], *body(manifest)["layers"]):
            assert registry.answer(f"/v2/app/blobs/{blob['digest']}").status == 200
    assert body(registry.answer(f"/v2/app/referrers/{served['app:1'].manifest.descriptor.digest}"))["manifests"] == []


def test_a_list_of_one_kind_says_that_it_is_one(attached: ServedImage) -> None:
    target = f"/v2/app/referrers/{attached.manifest.descriptor.digest}?artifactType="
    filtered = Registry([attached]).answer(target + SPDX.replace("+", "%2B"))
    assert [entry["artifactType"] for entry in body(filtered)["manifests"]] == [SPDX]
    assert filtered.headers["OCI-Filters-Applied"] == "artifactType"
    assert body(Registry([attached]).answer(target + "text/plain"))["manifests"] == []


def test_the_tag_at_which_older_clients_look(attached: ServedImage) -> None:
    registry = Registry([attached])
    tag = attached.manifest.descriptor.digest.replace(":", "-")
    assert len(body(registry.answer(f"/v2/app/manifests/{tag}"))["manifests"]) == 2
    assert registry.answer(f"/v2/app/manifests/sha256-{'0' * 64}").status == 404
    assert body(registry.answer("/v2/app/tags/list"))["tags"] == ["2"]
