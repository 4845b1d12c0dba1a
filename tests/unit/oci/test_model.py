"""The documents of the image specification."""

from __future__ import annotations

from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.oci.model import (
    CONFIG,
    LAYER_TAR,
    UNKNOWN_STEP,
    Descriptor,
    History,
    ImageConfig,
    Index,
    Manifest,
    Platform,
    best_variant,
)

DIGEST = "sha256:" + "0" * 64
OTHER = "sha256:" + "1" * 64
CONFIG_DESCRIPTOR = {"mediaType": CONFIG, "digest": DIGEST, "size": 7}
LAYER_DESCRIPTOR = {"mediaType": LAYER_TAR, "digest": OTHER, "size": 0}

IMAGE = {
    "architecture": "arm64",
    "os": "linux",
    "variant": "v8",
    "created": "2020-01-01T00:00:00Z",
    "author": "ann",
    "config": {"Env": ["A=b"], "Cmd": ["x"], "Labels": {"k": "v"}, "Anything": {"else": 1}},
    "rootfs": {"type": "layers", "diff_ids": [DIGEST, DIGEST]},
    "history": [{"created_by": "a"}, {"created_by": "ENV", "empty_layer": True}, {"comment": "c", "author": "bob"}],
}
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": CONFIG_DESCRIPTOR,
    "layers": [LAYER_DESCRIPTOR],
    "annotations": {"a": "b"},
}
INDEX = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.index.v1+json",
    "manifests": [CONFIG_DESCRIPTOR | {"platform": {"architecture": "arm", "os": "linux", "variant": "v7"}}],
    "annotations": {"a": "b"},
}


@pytest.mark.parametrize(("kind", "document"), [(ImageConfig, IMAGE), (Manifest, MANIFEST), (Index, INDEX)])
def test_what_is_read_is_written_back_without_unknown_fields(kind: Any, document: dict[str, Any]) -> None:
    assert kind.from_json(document | {"docker_version": "20"}, "here").to_json() == document


def test_optional_fields_are_left_out_but_the_config() -> None:
    config = ImageConfig(Platform("amd64", "linux"), (DIGEST,))
    read = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [DIGEST]}}
    assert config.to_json() == read | {"config": {}}
    assert ImageConfig.from_json(read, "here") == config
    assert Descriptor(CONFIG, DIGEST, 0).to_json() == {"mediaType": CONFIG, "digest": DIGEST, "size": 0}


def test_a_config_as_docker_writes_one_without_layers() -> None:
    empty = {"architecture": "amd64", "os": "linux", "config": {"Env": None, "Cmd": None}, "history": None}
    config = ImageConfig.from_json(empty | {"rootfs": {"type": "layers", "diff_ids": None}}, "here")
    assert (config.diff_ids, config.history, config.full_history()) == ((), (), ())


def test_all_problems_of_a_config_at_once() -> None:
    wrong = {
        "os": 1,
        "config": {"Env": {"A": "b"}, "labels": []},
        "rootfs": {"diff_ids": ["x"]},
        "history": [{"empty_layer": "no"}],
    }
    with pytest.raises(InvalidImage) as caught:
        ImageConfig.from_json(wrong, "config.json")
    assert set(caught.value.what.split("; ")) == {
        "architecture is missing",
        "os is not a string",
        "config.Env is not a list of strings",
        "config.Labels is not a set of strings",
        "rootfs.diff_ids[0] is no sha256 digest",
        "history[0].empty_layer is not true or false",
    }
    assert caught.value.where == "config.json"


def test_keys_of_a_config_in_any_case() -> None:
    shouted = {key.upper(): value for key, value in IMAGE.items()} | {"config": {"env": ["A=b"], "CMD": ["x"]}}
    del shouted["CONFIG"]
    config = ImageConfig.from_json(shouted, "here")
    assert config.config == {"Env": ["A=b"], "Cmd": ["x"]}
    assert (config.platform, config.author, len(config.history)) == (Platform("arm64", "linux", "v8"), "ann", 3)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Config": {"Env": ["A=c"]}}, "config is there in two spellings"),
        ({"config": {"Env": ["A=b"], "env": ["A=c"]}}, "config.Env is there in two spellings"),
    ],
)
def test_two_spellings_of_one_key(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidImage) as caught:
        ImageConfig.from_json(IMAGE | change, "here")
    assert caught.value.what == problem


@pytest.mark.parametrize(
    ("kind", "change", "problem"),
    [
        (Manifest, {"schemaVersion": 1}, "schemaVersion is 1, not 2"),
        (Manifest, {"schemaVersion": None}, "schemaVersion is missing"),
        (Manifest, {"config": None}, "config is missing"),
        (Manifest, {"layers": [{}]}, "layers[0].mediaType is missing; layers[0].digest is missing"),
        (Manifest, {"manifests": []}, "manifests makes this a document of two kinds"),
        (Manifest, {"fsLayers": [{}]}, "fsLayers makes this a document of two kinds"),
        (Index, {"layers": []}, "layers makes this a document of two kinds"),
        (Index, {"config": {}}, "config makes this a document of two kinds"),
        (Index, {"schemaVersion": 1}, "schemaVersion is 1, not 2"),
        (Index, {"manifests": {}}, "manifests is not a list"),
        (Index, {"manifests": [CONFIG_DESCRIPTOR | {"platform": {}}]}, "manifests[0].platform.architecture is missing"),
    ],
)
def test_wrong_manifests(kind: Any, change: dict[str, Any], problem: str) -> None:
    document = MANIFEST if kind is Manifest else INDEX
    with pytest.raises(InvalidImage) as caught:
        kind.from_json(document | change, "here")
    assert problem in caught.value.what


def test_a_history_that_fits_is_kept_with_its_empty_entries() -> None:
    config = ImageConfig.from_json(IMAGE, "here")
    assert config.full_history() == config.history
    assert len(config.history) == 3


@pytest.mark.parametrize("history", [(), (History(created_by="a"),), (History(), History(), History())])
def test_a_history_that_does_not_fit_is_replaced(history: tuple[History, ...]) -> None:
    config = ImageConfig(Platform("amd64", "linux"), (DIGEST, OTHER), history=history, created="2020-01-01T00:00:00Z")
    assert config.full_history() == (History(created="2020-01-01T00:00:00Z", created_by=UNKNOWN_STEP),) * 2


def entry(platform: Platform | None, number: int = 0, **annotations: str) -> Descriptor:
    return Descriptor(CONFIG, f"sha256:{number:064}", 1, platform, annotations)


class TestForPlatform:
    V7, V8, AMD = Platform("arm", "linux", "v7"), Platform("arm", "linux", "v8"), Platform("amd64", "linux")
    UNKNOWN = Platform("unknown", "unknown")

    def test_variants_and_images_without_a_platform_fit_attestations_do_not(self) -> None:
        marked = entry(self.V7, 3, **{"vnd.docker.reference.type": "attestation-manifest"})
        entries = (entry(self.V7), entry(self.AMD), entry(None), entry(self.UNKNOWN), marked, entry(self.V8))
        index = Index(entries)
        assert index.for_platform("linux", "arm") == (entries[0], entries[2], entries[5])
        assert index.for_platform("linux", "s390x") == (entries[2],)
        assert index.for_platform("unknown", "unknown") == (entries[2],)
        assert index.platforms() == ("linux/arm/v7", "linux/amd64", "linux/arm/v8")

    def test_the_highest_variant_the_first_of_equals(self) -> None:
        assert best_variant([entry(self.V7, 1), entry(self.V8, 2), entry(self.V8, 3)]) == entry(self.V8, 2)
        assert best_variant([entry(None, 1), entry(self.AMD, 2)]) == entry(None, 1)
