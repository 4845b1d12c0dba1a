from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput, StoreChanged
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.layers.source import ArchiveSource, Source, StoreSource, TarSource
from tests.support import images
from tests.support.images import docker_archive, sha256
from tests.support.recipes import store_layer, tree

LAYER = images.layer({"etc/": None, "etc/a": b"content", "etc/large": bytes(3_000_000), "link": "etc/a"})
REPAIR = "nix-store --verify --check-contents --repair"


def written(source: Source, expected: bytes) -> bytes:
    """What `write` gives of a layer that should be `expected`."""
    gathered = io.BytesIO()
    with layer_contents() as contents:
        contents.write(source, (sha256(expected), len(expected)), gathered.write)
    return gathered.getvalue()


def archived(path: Path, member: bytes) -> ArchiveSource:
    """A docker-archive whose one layer is kept as the bytes `member`, whatever those unpack to."""
    image = images.image_config([LAYER])
    return ArchiveSource(str(docker_archive(path, [member], image=image)), "0/layer.tar")


def test_a_tar_is_given_verbatim(tmp_path: Path) -> None:
    (tmp_path / "layer.tar").write_bytes(LAYER)
    assert written(TarSource(str(tmp_path / "layer.tar")), LAYER) == LAYER


@pytest.mark.parametrize("member", [LAYER, gzip.compress(LAYER)], ids=["plain", "gzip"])
def test_a_layer_of_an_archive_is_given_uncompressed(tmp_path: Path, member: bytes) -> None:
    assert written(archived(tmp_path / "base.tar", member), LAYER) == LAYER


def test_a_layer_of_a_compressed_archive(tmp_path: Path) -> None:
    source = archived(tmp_path / "base.tar", LAYER)
    (tmp_path / "base.tar.gz").write_bytes(gzip.compress((tmp_path / "base.tar").read_bytes()))
    assert written(ArchiveSource(str(tmp_path / "base.tar.gz"), source.member), LAYER) == LAYER


def test_store_paths_are_packed(tmp_path: Path) -> None:
    layer = store_layer(tree(tmp_path / "path", {"bin/x": "program"}))
    gathered = io.BytesIO()
    with layer_contents() as contents:
        contents.write(layer.source, (layer.diff_id, layer.size), gathered.write)
    assert (sha256(gathered.getvalue()), len(gathered.getvalue())) == (layer.diff_id, layer.size)
    gathered.seek(0)
    with tarfile.open(fileobj=gathered) as tar:
        file = tar.extractfile("nix/store/path/bin/x")
        assert file is not None and file.read() == b"program"


def test_an_archive_is_opened_once_for_all_its_layers(tmp_path: Path) -> None:
    source = archived(tmp_path / "base.tar", LAYER)
    with layer_contents() as contents:
        for _ in range(2):
            gathered = io.BytesIO()
            contents.write(source, (sha256(LAYER), len(LAYER)), gathered.write)
            assert gathered.getvalue() == LAYER
            (tmp_path / "base.tar").unlink(missing_ok=True)


def sources(tmp_path: Path) -> Mapping[str, Source]:
    (tmp_path / "layer.tar").write_bytes(LAYER)
    return {
        "tar": TarSource(str(tmp_path / "layer.tar")),
        "archive": archived(tmp_path / "base.tar", LAYER),
        "store": StoreSource((str(tree(tmp_path / "one", {})), str(tree(tmp_path / "two", {})))),
    }


@pytest.mark.parametrize("kind", ["tar", "archive", "store"])
def test_a_layer_that_is_not_what_its_recipe_says(tmp_path: Path, kind: str) -> None:
    source = sources(tmp_path)[kind]
    wrong, gathered = b"what it was" * 1_000_000, io.BytesIO()
    with layer_contents() as contents, pytest.raises(StoreChanged) as caught:
        contents.write(source, (sha256(wrong), len(wrong)), gathered.write)
    found = f"{sha256(gathered.getvalue())} ({len(gathered.getvalue())} bytes)"
    assert caught.value.what == f"the layer is now {found}, its recipe says {sha256(wrong)} (11000000 bytes)"
    places = {"tar": "layer.tar", "archive": "base.tar"}.get(kind)
    assert caught.value.where == (f"{tmp_path}/{places}" if places else f"{tmp_path}/one, {tmp_path}/two")
    assert caught.value.remedy == REPAIR


@pytest.mark.parametrize("kind", ["tar", "archive", "store"])
@pytest.mark.parametrize("size", [0, 1, 512])
def test_of_a_layer_that_is_larger_than_its_recipe_says_no_more_is_written(
    tmp_path: Path, kind: str, size: int
) -> None:
    gathered = io.BytesIO()
    with layer_contents() as contents, pytest.raises(StoreChanged, match="^the layer is now larger, its recipe says "):
        contents.write(sources(tmp_path)[kind], (sha256(LAYER), size), gathered.write)
    assert len(gathered.getvalue()) <= size


def test_the_right_digest_with_another_size_is_wrong_too(tmp_path: Path) -> None:
    with layer_contents() as contents, pytest.raises(StoreChanged, match="the layer is now"):
        contents.write(sources(tmp_path)["tar"], (sha256(LAYER), len(LAYER) + 1), io.BytesIO().write)


def test_a_tar_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StoreChanged) as caught:
        written(TarSource(str(tmp_path / "layer.tar")), LAYER)
    assert str(caught.value) == f"a layer's tar is missing in {tmp_path}/layer.tar: build the image again"


def test_an_archive_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="^cannot open the image in .*/base.tar: No such file or directory$"):
        written(ArchiveSource(str(tmp_path / "base.tar"), "0/layer.tar"), LAYER)


def test_a_damaged_member_of_an_archive(tmp_path: Path) -> None:
    source = archived(tmp_path / "base.tar", gzip.compress(LAYER)[:-100])
    with pytest.raises(InvalidImage, match="0/layer.tar"):
        written(source, LAYER)


def test_an_error_of_the_writer_comes_through(tmp_path: Path) -> None:
    def full(data: object) -> None:
        raise OSError(28, "No space left on device")

    with layer_contents() as contents, pytest.raises(OSError, match="No space left"):
        contents.write(sources(tmp_path)["tar"], (sha256(LAYER), len(LAYER)), full)
