from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.image import Recipe, read_recipe
from nixdock_hook.layers.identity import path_digest
from nixdock_hook.layers.source import ArchiveSource
from nixdock_hook.oci.model import LAYER_GZIP, LAYER_TAR, Platform
from tests.support.images import docker_archive, image_config, layer, sha256, write_tar
from tests.support.recipes import tree

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
