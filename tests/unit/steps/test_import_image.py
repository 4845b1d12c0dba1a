from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.images.recipe import Recipe, read_recipe
from nixdock_hook.layers.source import ArchiveSource, BlobSource
from nixdock_hook.oci.model import CONFIG, LAYER_GZIP, LAYER_TAR, MANIFEST, Platform
from nixdock_hook.trees.identity import path_digest
from tests.support.images import docker_archive, image_config, layer, sha256, write_tar
from tests.support.recipes import tree
from tests.support.tools import need, output

from .conftest import Build

LOWER = layer({"etc/": None, "etc/a": b"a"})
UPPER = layer({"etc/b": b"b"})


def imported(build: Build, archive: Path, name: str | None = None, tag: str | None = None) -> Recipe:
    spec = {"archive": str(archive), "name": name, "tag": tag, "architecture": "amd64"}
    return read_recipe(str(build.run("import_image", spec)))


def error_of(build: Build, archive: Path, kind: type[Exception], name: str | None = None) -> str:
    with pytest.raises(kind) as caught:
        imported(build, archive, name, name and "1")
    assert not build.out.exists()
    return str(caught.value)


def test_layers_are_members_of_the_archive(build: Build, tmp_path: Path) -> None:
    archive = docker_archive(tmp_path / "base.tar", [LOWER, UPPER])
    recipe = imported(build, archive)
    assert [(x.diff_id, x.size, x.media_type) for x in recipe.layers] == [
        (sha256(LOWER), len(LOWER), LAYER_TAR),
        (sha256(UPPER), len(UPPER), LAYER_TAR),
    ]
    assert [x.source for x in recipe.layers] == [
        ArchiveSource(str(archive), "0/layer.tar"),
        ArchiveSource(str(archive), "1/layer.tar"),
    ]


def test_name_platform_date_and_config_are_the_images_own(build: Build, tmp_path: Path) -> None:
    config = {"Env": ["A=1"], "Cmd": ["x"], "Anything": {"else": 1}}
    image = image_config([LOWER], config) | {"architecture": "arm64", "variant": "v8"}
    recipe = imported(build, docker_archive(tmp_path / "b", [LOWER], image=image, tags=["registry.example:5000/x:1"]))
    assert (recipe.name, recipe.tag) == ("registry.example:5000/x", "1")
    assert (recipe.platform, recipe.created) == (Platform("arm64", "linux", "v8"), "2020-02-02T02:02:02Z")
    assert recipe.config == config


def test_an_image_without_a_name_or_a_date(build: Build, tmp_path: Path) -> None:
    image = {key: value for key, value in image_config([LOWER]).items() if key != "created"}
    recipe = imported(build, docker_archive(tmp_path / "base.tar", [LOWER], image=image, tags=[]))
    assert (recipe.name, recipe.tag, recipe.created) == ("base", "latest", "1970-01-01T00:00:01Z")


def test_the_config_that_a_registry_would_store_is_the_same_again(build: Build, tmp_path: Path) -> None:
    image = image_config([LOWER, UPPER], {"Cmd": ["x"]})
    image["history"].insert(0, {"created_by": "ARG", "empty_layer": True})
    image["history"].insert(2, {"created_by": "ENV", "empty_layer": True})
    image["history"].append({"created_by": "CMD", "empty_layer": True})
    recipe = imported(build, docker_archive(tmp_path / "base.tar", [LOWER, UPPER], image=image))
    assert json.loads(recipe.oci_config()) == image


def test_layers_may_be_compressed_and_the_archive_too(build: Build, tmp_path: Path) -> None:
    image = image_config([LOWER])
    plain = docker_archive(tmp_path / "base.tar", [gzip.compress(LOWER)], image=image)
    archive = tmp_path / "base.tar.gz"
    archive.write_bytes(gzip.compress(plain.read_bytes()))
    [found] = imported(build, archive).layers
    assert (found.diff_id, found.size, found.media_type) == (sha256(LOWER), len(LOWER), LAYER_GZIP)
    assert found.source == ArchiveSource(str(archive), "0/layer.tar")


def written_layout(directory: Path, *layers: bytes) -> Path:
    """An OCI layout of one image, whose layers are kept as they are given here, called gzip."""
    config = json.dumps(image_config([LOWER, UPPER])).encode()
    blobs = directory / "blobs/sha256"
    blobs.mkdir(parents=True)

    def blob(kind: str, data: bytes) -> dict[str, Any]:
        (blobs / sha256(data)[7:]).write_bytes(data)
        return {"mediaType": kind, "digest": sha256(data), "size": len(data)}

    packed = [blob(LAYER_GZIP, data) for data in layers]
    manifest = {"schemaVersion": 2, "config": blob(CONFIG, config), "layers": packed}
    entry = blob(MANIFEST, json.dumps(manifest).encode())
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return directory


@pytest.mark.parametrize(
    ("compress", "is_kept"), [(gzip.compress, True), (lzma.compress, False), (bz2.compress, False)]
)
def test_a_manifest_is_kept_if_all_runtimes_know_its_layers(
    build: Build, tmp_path: Path, compress: Callable[[bytes], bytes], is_kept: bool
) -> None:
    recipe = imported(build, written_layout(tmp_path / "layout", gzip.compress(LOWER), compress(UPPER)))
    assert (recipe.verbatim is not None) == is_kept
    assert [layer.diff_id for layer in recipe.layers] == [sha256(LOWER), sha256(UPPER)]


def test_an_unpacked_archive(build: Build, tmp_path: Path) -> None:
    packed = gzip.compress(LOWER)
    archive = docker_archive(tmp_path / "base.tar", [packed], image=image_config([LOWER]))
    (tmp_path / "unpacked").mkdir()
    output(need("tar"), "-xf", archive, "-C", tmp_path / "unpacked")
    [found] = imported(build, tmp_path / "unpacked").layers
    assert found.source == BlobSource(f"{tmp_path}/unpacked/0/layer.tar", sha256(packed), len(packed))


def test_equal_layers_stay_repeated(build: Build, tmp_path: Path) -> None:
    recipe = imported(build, docker_archive(tmp_path / "base.tar", [LOWER, UPPER, LOWER]))
    assert [x.diff_id for x in recipe.layers] == [sha256(LOWER), sha256(UPPER), sha256(LOWER)]


def test_it_says_what_the_image_holds_of_the_store(build: Build, tmp_path: Path) -> None:
    lower = layer(
        {
            "nix/store/": None,
            "nix/store/kept/": None,
            "nix/store/kept/file": b"content",
            "nix/store/deleted/": None,
            "nix/store/deleted/file": b"",
        }
    )
    upper = layer({"nix/store/.wh.deleted": b""})
    recipe = imported(build, docker_archive(tmp_path / "base.tar", [lower, upper]))
    kept = tree(tmp_path / "kept", {"file": "content"})
    (kept / "file").chmod(0o755)  # as in the layer
    assert recipe.base_holds == {"kept": path_digest(str(kept))}


class TestSeveralImages:
    @pytest.fixture
    def archive(self, tmp_path: Path) -> Path:
        configs = {name: json.dumps(image_config([data])).encode() for name, data in (("a", LOWER), ("b", UPPER))}
        manifest: list[dict[str, Any]] = [
            {"Config": "a.json", "RepoTags": ["one:1"], "Layers": ["a.tar"]},
            {"Config": "b.json", "RepoTags": ["docker.io/library/two:1"], "Layers": ["b.tar"]},
        ]
        members = {"a.tar": LOWER, "b.tar": UPPER, "a.json": configs["a"], "b.json": configs["b"]}
        return write_tar(tmp_path / "several.tar", [("manifest.json", json.dumps(manifest).encode()), *members.items()])

    @pytest.mark.parametrize(("name", "data"), [(None, LOWER), ("one", LOWER), ("two", UPPER)])
    def test_one_is_picked_by_name(self, build: Build, archive: Path, name: str | None, data: bytes) -> None:
        assert [x.diff_id for x in imported(build, archive, name, name and "1").layers] == [sha256(data)]

    def test_one_that_is_not_there(self, build: Build, archive: Path) -> None:
        error = error_of(build, archive, InvalidInput, "three")
        assert error == f"there is no image three:1 in {archive}: it holds one:1, docker.io/library/two:1"


def test_a_layer_with_another_digest_than_its_config_states(build: Build, tmp_path: Path) -> None:
    archive = docker_archive(tmp_path / "base.tar", [LOWER], image=image_config([UPPER]))
    error = error_of(build, archive, InvalidImage)
    assert error.startswith(f"the layer has the digest {sha256(LOWER)} but its config states {sha256(UPPER)}")
    assert error.endswith(": the image is damaged or was altered, get it again")


def test_an_archive_that_is_missing(build: Build, tmp_path: Path) -> None:
    error = error_of(build, tmp_path / "base.tar", InvalidInput)
    assert error == f"cannot open the image in {tmp_path}/base.tar: No such file or directory"
