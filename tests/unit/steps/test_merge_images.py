from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.images.recipe import Recipe
from nixdock_hook.sinks.docker_archive import NamedImage, write_docker_archive
from nixdock_hook.steps.merge_images import distinct
from tests.support.archives import open_archive
from tests.support.images import docker_archive, image_config, layer, sha256
from tests.support.recipes import recipe, recipe_file, tar_layer

from .conftest import Build

ONE, TWO = (layer({"file": content}) for content in (b"one", b"two"))

Source = dict[str, str | None]


def ours(directory: Path, name: str, *layers: bytes, tag: str | None = "1", **changes: Any) -> Source:
    """An image of ours as the step's spec has it."""
    kept = [tar_layer(directory / f"{name}-{number}.tar", data) for number, data in enumerate(layers)]
    stored = recipe_file(directory / name, recipe(*kept, name=name, tag=None, **changes))
    return {"recipe": str(stored), "tag": tag}


def merged(build: Build, *images: Source) -> Path:
    spec = {"images": images, "architecture": "amd64", "compressor": "none", "layerCompression": "none"}
    return build.run("merge_images", spec)


def names(archive: Path) -> list[tuple[str, ...]]:
    with open_archive(str(archive)) as opened:
        return [image.repo_tags for image in opened.images]


def test_each_image_has_its_name_and_its_layers(build: Build, tmp_path: Path) -> None:
    archive = merged(build, ours(tmp_path, "one", ONE), ours(tmp_path, "both", ONE, TWO, tag="2"))
    with open_archive(str(archive)) as opened:
        one, both = opened.images
        assert (one.repo_tags, both.repo_tags) == (("one:1",), ("both:2",))
        contents = [opened.open(member).read() for member in both.layers]
    assert contents == [ONE, TWO]
    assert one.layers == both.layers[:1]


def test_equal_blobs_are_there_once(build: Build, tmp_path: Path) -> None:
    base = docker_archive(tmp_path / "base.tar", [ONE, TWO, ONE])
    archive = merged(build, ours(tmp_path, "one", ONE), {"archive": str(base)}, ours(tmp_path, "two", TWO))
    with tarfile.open(archive) as tar:
        members = tar.getnames()
    assert len(members) == len(set(members))
    assert [name for name in members if name.endswith("layer.tar")] == [
        f"{sha256(data).removeprefix('sha256:')}/layer.tar" for data in (ONE, TWO)
    ]


def test_an_image_from_elsewhere_keeps_its_config_to_the_byte(build: Build, tmp_path: Path) -> None:
    """The config's digest is the image's ID."""
    stated = image_config([ONE]) | {"docker_version": "1", "container_config": {"Cmd": ["x"]}}
    base = docker_archive(tmp_path / "base.tar", [ONE], image=stated)
    with open_archive(str(merged(build, {"archive": str(base)}))) as opened:
        assert opened.images[0].config_bytes == json.dumps(stated).encode()


def test_several_images_names_and_none(build: Build, tmp_path: Path) -> None:
    several = docker_archive(tmp_path / "several.tar", [ONE], tags=["a:1", "registry.example/b:2"])
    none = docker_archive(tmp_path / "none.tar", [TWO], tags=[])
    first = merged(build, {"archive": str(several)}, {"archive": str(none)})
    again = first.rename(tmp_path / "first")
    assert names(merged(build, {"archive": str(again)}, ours(tmp_path, "c", ONE))) == [
        ("a:1", "registry.example/b:2"),
        (),
        ("c:1",),
    ]


def test_compressed_archives_with_compressed_layers(build: Build, tmp_path: Path) -> None:
    packed = docker_archive(tmp_path / "packed.tar", [gzip.compress(ONE)], image=image_config([ONE]))
    outer = tmp_path / "packed.tar.gz"
    outer.write_bytes(gzip.compress(packed.read_bytes()))
    with open_archive(str(merged(build, {"archive": str(outer)}))) as opened:
        assert opened.open(opened.images[0].layers[0]).read() == ONE


def test_a_layer_that_is_not_what_its_config_states(build: Build, tmp_path: Path) -> None:
    base = docker_archive(tmp_path / "base.tar", [ONE], image=image_config([TWO]))
    with pytest.raises(InvalidImage, match="^the layer has the digest .* but its config states .* in member '0/"):
        merged(build, {"archive": str(base)})
    assert not list(tmp_path.glob(f"{build.out.name}*"))


def test_a_recipe_without_a_tag(build: Build, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="^a recipe without a tag in .*/one: give the image, not its recipe"):
        merged(build, ours(tmp_path, "one", ONE, tag=None))


class TestDistinct:
    """Which image keeps which name."""

    @staticmethod
    def image(config: str, *repo_tags: str) -> NamedImage:
        return NamedImage(config.encode(), (), repo_tags)

    def names(self, *images: NamedImage) -> list[tuple[bytes, tuple[str, ...]]]:
        return [(image.config, image.repo_tags) for image in distinct(images)]

    def test_equal_images_become_one_with_the_names_of_both(self) -> None:
        images = [self.image("x", "a:1"), self.image("y", "b:1"), self.image("x", "c:1", "a:1")]
        assert self.names(*images) == [(b"x", ("a:1", "c:1")), (b"y", ("b:1",))]

    def test_the_last_of_different_images_keeps_the_name_and_the_other_stays(self) -> None:
        images = [self.image("x", "a:1", "b:1"), self.image("y", "a:1"), self.image("z", "b:1")]
        assert self.names(*images) == [(b"x", ()), (b"y", ("a:1",)), (b"z", ("b:1",))]

    def test_a_name_that_comes_back_to_an_image(self) -> None:
        images = [self.image("x", "a:1"), self.image("y", "a:1"), self.image("x", "a:1")]
        assert self.names(*images) == [(b"x", ("a:1",)), (b"y", ())]

    def test_long_and_short_names_of_one_image_name_are_the_same(self) -> None:
        images = [self.image("x", "docker.io/library/a:1"), self.image("y", "a:1")]
        assert self.names(*images) == [(b"x", ()), (b"y", ("a:1",))]


def test_the_order_of_the_names_follows_from_the_arguments(build: Build, tmp_path: Path) -> None:
    image: Recipe = recipe(tar_layer(tmp_path / "one.tar", ONE))
    output = io.BytesIO()
    write_docker_archive(distinct([NamedImage.of(image, f"{name}:1") for name in "zyxabc"]), output)
    (tmp_path / "archive.tar").write_bytes(output.getvalue())
    assert names(tmp_path / "archive.tar") == [tuple(f"{name}:1" for name in "zyxabc")]
