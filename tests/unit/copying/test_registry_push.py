"""Whole pushes by our own client, into a registry that misbehaves."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from nixdock_hook.copying import layer_sender
from nixdock_hook.copying.push import Push
from nixdock_hook.errors import InvalidInput, NixdockError, ProgramFailed
from nixdock_hook.images.index import Image, ImageIndex
from nixdock_hook.images.recipe import Recipe
from nixdock_hook.oci.model import Descriptor, Platform
from nixdock_hook.registries import upload
from nixdock_hook.registries.access import Access
from nixdock_hook.sinks.listener import Listener
from tests.support.images import layer
from tests.support.moody_registry import PASSWORD, USER, Moody, moody_registry
from tests.support.recipes import recipe, tar_layer


class Heard(Listener):
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.sizes: dict[str, int] = {}
        self.made = 0

    def compressed(self, count: int) -> None:
        self.made += count

    def sent(self, blob: Descriptor, count: int) -> None:
        self.sizes[blob.digest] = self.sizes.get(blob.digest, 0) + count

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def images(tmp_path: Path) -> list[Recipe]:
    """Two of five layers, of which the last differs; one is larger than what stays in memory."""
    large = layer({"large": os.urandom(200_000)})
    same = [tar_layer(tmp_path / f"{n}", layer({"same": b"%d" % n * 9000})) for n in range(3)]
    same.append(tar_layer(tmp_path / "large", large))
    return [recipe(*same, tar_layer(tmp_path / name, layer({"changed": name.encode()}))) for name in ("one", "two")]


def push(image: Image, place: str, reuse: str = "", **settings: object) -> tuple[str, Heard]:
    heard = Heard()
    reuse_from = [f"docker://{reuse}"] if reuse else []
    digest = Push(image, "app:1", f"docker://{place}", reuse_from=reuse_from, **settings).run(heard)  # type: ignore[arg-type]
    assert digest
    return digest, heard


def content(moody: Moody, name: str, tag: str) -> list[bytes]:
    return [gzip.decompress(moody.blobs[name, blob["digest"]]) for blob in moody.layers(name, tag)]


def bytes_of(image: Recipe) -> list[bytes]:
    return [Path(kept.source.path).read_bytes() for kept in image.layers if hasattr(kept.source, "path")]


@pytest.mark.parametrize("in_memory", [1000, 1 << 20])
def test_all_of_it_is_there(
    moody: Moody, images: list[Recipe], in_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer_sender, "_IN_MEMORY", in_memory)
    digest, heard = push(images[0], f"{moody.host}/app:1")
    assert content(moody, "app", "1") == bytes_of(images[0])
    assert heard.sizes == {blob["digest"]: blob["size"] for blob in moody.layers("app", "1")}
    assert heard.made == sum(kept.size for kept in images[0].layers)
    assert moody.asked[-1] == ("PUT", "/v2/app/manifests/1")
    assert digest.startswith("sha256:")


def test_nothing_new_is_two_questions_and_an_answer(moody: Moody, images: list[Recipe]) -> None:
    first = push(images[0], f"{moody.host}/app:1")[0]
    moody.asked.clear()
    digest, heard = push(images[0], f"{moody.host}/app:1")
    assert digest == first and heard.notes == [] and heard.made == 0
    assert moody.asked == [("GET", "/v2/"), ("GET", "/v2/app/manifests/1"), ("PUT", "/v2/app/manifests/1")]


def test_one_layer_that_changed(moody: Moody, images: list[Recipe]) -> None:
    push(images[0], f"{moody.host}/app:1")
    moody.asked.clear()
    _, heard = push(images[1], f"{moody.host}/app:1")
    assert heard.notes == [f"compressing 1 of 5 layers, {images[1].layers[-1].size / 1e6:.1f} MB"]
    assert moody.count("PUT", "/blobs/") == 2 and moody.count("HEAD", "") == 2
    assert content(moody, "app", "1") == bytes_of(images[1])


def test_another_tag_and_another_repository(moody: Moody, images: list[Recipe]) -> None:
    push(images[0], f"{moody.host}/app:1")
    moody.asked.clear()
    push(images[1], f"{moody.host}/app:2", f"{moody.host}/app:1")
    assert moody.count("PUT", "/blobs/") == 2 and moody.count("POST", "mount=") == 0
    moody.asked.clear()
    push(images[1], f"{moody.host}/other:1", f"{moody.host}/app:1")
    assert moody.count("POST", "mount=") == 4 and moody.count("PUT", "/blobs/") == 2
    assert content(moody, "other", "1") == bytes_of(images[1])


@pytest.mark.parametrize("status", [202, 401, 403])
def test_a_registry_that_mounts_nothing(moody: Moody, images: list[Recipe], status: int) -> None:
    push(images[0], f"{moody.host}/app:1")
    moody.mount = status
    push(images[0], f"{moody.host}/other:1", f"{moody.host}/app:1")
    assert content(moody, "other", "1") == bytes_of(images[0])


def test_another_registry_knows_what_this_one_may_have(moody: Moody, images: list[Recipe]) -> None:
    with moody_registry() as other:
        push(images[0], f"{other.host}/app:1")
        push(images[0], f"{moody.host}/app:old")
        _, heard = push(images[0], f"{moody.host}/app:1", f"{other.host}/app:1")
        assert heard.made == 0 and content(moody, "app", "1") == bytes_of(images[0])
        _, heard = push(images[0], f"{moody.host}/new:1", f"{other.host}/app:1")
        assert heard.made and content(moody, "new", "1") == bytes_of(images[0])


def test_a_login_goes_to_no_other_registry(moody: Moody, images: list[Recipe]) -> None:
    moody.auth = "basic"
    with moody_registry(auth="basic") as other:
        access = Access(login=f"{USER}:{PASSWORD}")
        _, heard = push(images[0], f"{moody.host}/app:1", f"{other.host}/app:1", access=access)
        assert len(heard.notes) == 2 and heard.notes[0].startswith(f"nothing is known of docker://{other.host}/app:1: ")
        assert set(other.authorizations) == {""}


def test_blobs_that_vanished_are_sent_again(moody: Moody, images: list[Recipe]) -> None:
    push(images[0], f"{moody.host}/app:1")
    config = json.loads(moody.manifests["app", "1"][1])["config"]["digest"]
    for digest in (moody.layers("app", "1")[1]["digest"], config):
        del moody.blobs["app", digest]
    _, heard = push(images[0], f"{moody.host}/app:1")
    assert heard.notes == ["layers are gone that the destination had: sending them again"]
    assert content(moody, "app", "1") == bytes_of(images[0]) and ("app", config) in moody.blobs
    assert len(heard.sizes) == 1


def test_a_tag_that_never_changes(moody: Moody, images: list[Recipe]) -> None:
    first = push(images[0], f"{moody.host}/app:1")[0]
    moody.immutable = True
    assert push(images[0], f"{moody.host}/app:1")[0] == first
    with pytest.raises(ProgramFailed, match="409"):
        push(images[1], f"{moody.host}/app:1")


def test_a_tag_that_holds_something_else(moody: Moody, images: list[Recipe]) -> None:
    moody.manifests["app", "1"] = "application/json", b'{"schemaVersion": 1}'
    _, heard = push(images[0], f"{moody.host}/app:1")
    assert heard.notes[0].startswith(f"nothing is known of {moody.host}/app:1: ")
    assert content(moody, "app", "1") == bytes_of(images[0])


def test_an_index(moody: Moody, images: list[Recipe]) -> None:
    other = replace(images[1], platform=Platform("arm64", "linux"))
    index = ImageIndex("app", "1", (images[0], other))
    digest, _ = push(index, f"{moody.host}/app:1")
    manifests = json.loads(moody.manifests["app", "1"][1])["manifests"]
    assert [content(moody, "app", one["digest"]) for one in manifests] == [bytes_of(images[0]), bytes_of(images[1])]
    moody.asked.clear()
    again, heard = push(index, f"{moody.host}/app:1")
    assert (again, heard.made, moody.count("PUT", "/blobs/")) == (digest, 0, 0)


def test_a_registry_in_a_bad_mood(moody: Moody, images: list[Recipe], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "_CHUNK", 40_000)
    moody.busy, moody.drops, moody.stale, moody.most, moody.auth = 4, 2, 2, 50_000, "token"
    push(images[0], f"{moody.host}/app:1", access=Access(login=f"{USER}:{PASSWORD}"))
    assert content(moody, "app", "1") == bytes_of(images[0])


def test_who_may_not_push_makes_no_layer(moody: Moody, images: list[Recipe]) -> None:
    heard = Heard()
    for place in (f"{moody.host}/app:1", "127.0.0.1:1/app:1"):
        moody.auth = "basic"
        with pytest.raises(ProgramFailed):
            Push(images[0], "app:1", f"docker://{place}").run(heard)
    assert (heard.notes, heard.made) == ([], 0)


def test_a_layer_that_is_not_what_the_recipe_says(moody: Moody, images: list[Recipe]) -> None:
    path = Path(images[0].layers[0].source.path)  # type: ignore[union-attr]
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(NixdockError, match="the layer is now larger"):
        push(images[0], f"{moody.host}/app:1")
    assert ("app", "1") not in moody.manifests


@pytest.mark.parametrize("place", ["registry.example/app@sha256:" + "0" * 64, "registry.example/App:1"])
def test_what_is_no_place_for_an_image(images: list[Recipe], place: str) -> None:
    with pytest.raises(InvalidInput):
        push(images[0], place)
