"""Archives with compressed layers; who loads them is in tests/system/test_layer_compression.py."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from nixdock_hook import outputs
from nixdock_hook.bases.base import open_base
from nixdock_hook.compression import compress
from nixdock_hook.errors import StoreChanged
from nixdock_hook.images.index import ImageIndex
from nixdock_hook.images.recipe import Recipe
from nixdock_hook.oci.model import LAYER_GZIP, LAYER_ZSTD, Platform
from nixdock_hook.sinks import compressed
from nixdock_hook.sinks.compressed import LayerCompression
from nixdock_hook.sinks.docker_archive import NamedImage, write_docker_archive
from nixdock_hook.sinks.oci_archive import write_archive, write_archives, write_oci_archive
from nixdock_hook.sinks.oci_layout import write_oci_layout
from tests.support import images
from tests.support.archives import open_archive
from tests.support.images import sha256
from tests.support.recipes import recipe, store_layer, tar_layer, tree

LAYER = images.layer({"zeros": bytes(1_000_000)})


@pytest.fixture
def image(tmp_path: Path) -> Recipe:
    layer = tar_layer(tmp_path / "layer.tar", LAYER)
    return recipe(layer, store_layer(tree(tmp_path / "path", {"file": "x"})), layer, config={"Cmd": ["x"]})


def files_of(archive: bytes) -> dict[str, bytes]:
    """The members in their order; none may be there twice."""
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        members = tar.getmembers()
        contents = [tar.extractfile(member) for member in members]
        found = {member.name: file.read() for member, file in zip(members, contents, strict=True) if file}
    assert len(found) == len(members)
    return found


def archived(image: Recipe | ImageIndex, compression: LayerCompression) -> bytes:
    output = BytesIO()
    write_oci_archive(image, "registry.example/app:1", output, compression)
    return output.getvalue()


def test_it_is_a_layout_and_a_docker_archive(tmp_path: Path, image: Recipe) -> None:
    data = files_of(archived(image, "gzip"))
    assert len(data) == 3 + 2 + 2  # documents, manifest and config, layers
    write_oci_layout(image, "registry.example/app:1", str(tmp_path / "layout"))
    for name in data:
        assert data[name] == (tmp_path / "layout" / name).read_bytes()
    (tmp_path / "image.tar").write_bytes(archived(image, "gzip"))
    with open_archive(str(tmp_path / "image.tar")) as archive:
        [found] = archive.images
    assert (found.repo_tags, found.config_bytes) == (("registry.example/app:1",), image.oci_config())
    unpacked = [sha256(gzip.decompress(data[layer])) for layer in found.layers]
    assert unpacked == [layer.diff_id for layer in image.layers]


def test_of_several_platforms_it_is_a_layout_alone(tmp_path: Path, image: Recipe) -> None:
    other = replace(image, platform=Platform("arm64", "linux"))
    (tmp_path / "image.tar").write_bytes(archived(ImageIndex("app", None, (image, other)), "gzip"))
    with open_base(str(tmp_path / "image.tar")) as base:
        assert "manifest.json" not in base.files
        for recipe_ in (image, other):
            found = base.reader.pick("registry.example/app", "1", recipe_.platform.architecture)
            assert found.config_bytes == recipe_.oci_config()


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_the_same_bytes_with_any_number_of_processors(
    image: Recipe, compression: LayerCompression, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = set()
    for processors in (1, 2, 5):
        monkeypatch.setattr(compress, "_processors", lambda: processors)  # noqa: B023
        found.add(archived(image, compression))
    assert len(found) == 1


def test_media_types_are_those_of_the_compression(image: Recipe) -> None:
    types: dict[LayerCompression, str] = {"gzip": LAYER_GZIP, "zstd": LAYER_ZSTD}
    for compression, media_type in types.items():
        data = files_of(archived(image, compression))
        [described] = json.loads(data["index.json"])["manifests"]
        manifest = json.loads(data[f"blobs/{described['digest'].replace(':', '/')}"])
        assert [layer["mediaType"] for layer in manifest["layers"]] == [media_type] * 3


class Watched:
    """An output that knows how many temporary files are open while it is written to."""

    def __init__(self) -> None:
        self.files: list[BinaryIO] = []
        self.most_open = 0
        self.size = 0

    def write(self, data: bytes | memoryview) -> None:
        self.size += len(data)
        self.most_open = max(self.most_open, sum(not file.closed for file in self.files))


def test_layers_are_written_one_by_one_and_then_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = Watched()
    written_before: list[int] = []
    make = outputs.unnamed_file

    def unnamed_file() -> BinaryIO:
        written_before.append(output.size)
        output.files.append(make())
        return output.files[-1]

    monkeypatch.setattr(compressed, "unnamed_file", unnamed_file)
    layers = [tar_layer(tmp_path / str(n), images.layer({"n": b"%d" % n})) for n in range(4)]
    write_oci_archive(recipe(*layers), "app:1", output, "gzip")
    assert output.most_open == 1
    assert len(written_before) == 4 and written_before == sorted(set(written_before))
    assert all(file.closed for file in output.files)


def test_a_failure_leaves_no_end(tmp_path: Path, image: Recipe) -> None:
    output = BytesIO()
    wrong = replace(image, layers=(*image.layers, replace(image.layers[0], diff_id=sha256(b"another"))))
    with pytest.raises(StoreChanged):
        write_oci_archive(wrong, "app:1", output, "gzip")
    assert b"index.json" not in output.getvalue()


class TestWhatDockerLoads:
    def test_by_default_it_is_the_plain_archive(self, image: Recipe) -> None:
        plain, output, one = BytesIO(), BytesIO(), BytesIO()
        write_docker_archive([NamedImage.of(image, "app:1")], plain)
        write_archives([NamedImage.of(image, "app:1")], output, "none")
        write_archive(image, "app:1", one, "none")
        assert plain.getvalue() == output.getvalue() == one.getvalue()

    def test_one_image_is_the_same_alone_and_among_several(self, image: Recipe) -> None:
        image = replace(image, annotations={"a": "b"})
        several, one = BytesIO(), BytesIO()
        write_archives([NamedImage.of(image, "app:1")], several, "gzip")
        write_archive(image, "app:1", one, "gzip")
        assert several.getvalue() == one.getvalue()

    def test_several_with_their_names_and_equal_layers_once(self, tmp_path: Path, image: Recipe) -> None:
        other = replace(image, config={"Cmd": ["y"]}, platform=Platform("arm64", "linux", "v8"))
        named = [
            NamedImage(image.oci_config(), image.layers, ("app:1", "app:latest")),
            NamedImage(other.oci_config(), other.layers, ()),
        ]
        output = BytesIO()
        write_archives(named, output, "gzip")
        data = files_of(output.getvalue())
        assert sum(name.startswith("blobs/") for name in data) == 2 * 2 + 2
        entries = json.loads(data["index.json"])["manifests"]
        names = [entry.get("annotations", {}).get("io.containerd.image.name") for entry in entries]
        assert names == ["docker.io/library/app:1", "docker.io/library/app:latest", None]
        assert [entry["platform"] for entry in entries] == [
            {"architecture": "amd64", "os": "linux"},
            {"architecture": "amd64", "os": "linux"},
            {"architecture": "arm64", "os": "linux", "variant": "v8"},
        ]
        assert [entry["RepoTags"] for entry in json.loads(data["manifest.json"])] == [["app:1", "app:latest"], []]
        assert set(described(data)) <= data.keys()


def described(data: dict[str, bytes]) -> Iterator[str]:
    """The files that manifest.json names."""
    for entry in json.loads(data["manifest.json"]):
        yield entry["Config"]
        yield from entry["Layers"]
