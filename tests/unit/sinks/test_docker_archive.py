from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.compression import libzstd
from nixdock_hook.errors import InvalidInput, ProgramFailed, StoreChanged
from nixdock_hook.images.recipe import EmptyHistory, Recipe
from nixdock_hook.layers.source import Layer
from nixdock_hook.oci.model import History
from nixdock_hook.sinks.docker_archive import (
    COMPRESSORS,
    ArchiveCompressor,
    NamedImage,
    archive_file,
    checked_compressor,
    write_docker_archive,
)
from tests.support import images
from tests.support.archives import open_archive
from tests.support.images import sha256
from tests.support.recipes import recipe, store_layer, tar_layer, tree
from tests.support.tools import need

ONE, TWO = (images.layer({"file": content}) for content in (b"one", b"two"))


def written(*pairs: tuple[Recipe, str]) -> bytes:
    return written_as_it_is(*(NamedImage.of(recipe, repo_tag) for recipe, repo_tag in pairs))


def written_as_it_is(*named: NamedImage) -> bytes:
    output = io.BytesIO()
    write_docker_archive(named, output)
    return output.getvalue()


def members(archive: bytes) -> list[tuple[str, bytes]]:
    """Names and contents, in order, as tarfile reads them."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        return [(member.name, file.read()) for member in tar if (file := tar.extractfile(member))]


def document(archive: bytes, name: str) -> Any:
    return json.loads(dict(members(archive))[name])


def hex_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def one(tmp_path: Path) -> Layer:
    return tar_layer(tmp_path / "one.tar", ONE)


@pytest.fixture
def two(tmp_path: Path) -> Layer:
    return tar_layer(tmp_path / "two.tar", TWO)


class TestMembers:
    def test_manifest_first_then_documents_then_layers(self, one: Layer, two: Layer) -> None:
        image = recipe(one, two, config={"Cmd": ["x"]})
        found = members(written((image, "app:1")))
        config = image.oci_config()
        assert [name for name, _ in found] == [
            *("manifest.json", "repositories", f"{hex_of(config)}.json"),
            *(f"{hex_of(ONE)}/layer.tar", f"{hex_of(TWO)}/layer.tar"),
        ]
        assert [data for _, data in found[2:]] == [config, ONE, TWO]

    def test_the_manifest_names_config_tags_and_layers(self, one: Layer, two: Layer) -> None:
        image = recipe(one, two)
        assert document(written((image, "registry.example:5000/team/app:1")), "manifest.json") == [
            {
                "Config": f"{hex_of(image.oci_config())}.json",
                "RepoTags": ["registry.example:5000/team/app:1"],
                "Layers": [f"{hex_of(ONE)}/layer.tar", f"{hex_of(TWO)}/layer.tar"],
            }
        ]

    def test_repositories_names_the_top_layer_for_old_dockers(self, one: Layer, two: Layer) -> None:
        archive = written((recipe(one, two), "registry.example:5000/app:1"))
        assert document(archive, "repositories") == {"registry.example:5000/app": {"1": hex_of(TWO)}}

    def test_equal_layers_are_written_once_and_listed_twice(self, one: Layer, two: Layer) -> None:
        archive = written((recipe(one, two, one), "app:1"))
        names = [name for name, _ in members(archive)]
        assert names[3:] == [f"{hex_of(ONE)}/layer.tar", f"{hex_of(TWO)}/layer.tar"]
        listed = document(archive, "manifest.json")[0]["Layers"]
        assert listed == [names[3], names[4], names[3]]

    def test_an_image_without_layers(self) -> None:
        image = recipe(empty_history=(EmptyHistory(0, History(created_by="ENV", empty_layer=True)),))
        archive = written((image, "app:1"))
        assert document(archive, "manifest.json")[0]["Layers"] == []
        assert document(archive, "repositories") == {}

    def test_layers_of_store_paths(self, tmp_path: Path) -> None:
        layer = store_layer(tree(tmp_path / "path", {"bin/x": "program"}))
        data = dict(members(written((recipe(layer), "app:1"))))[f"{layer.diff_id[7:]}/layer.tar"]
        assert sha256(data) == layer.diff_id
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            assert "nix/store/path/bin/x" in tar.getnames()


class TestSeveralImages:
    def test_layers_are_shared(self, one: Layer, two: Layer) -> None:
        first, second = recipe(one, two), recipe(one, name="other", tag="2", config={"Cmd": ["x"]})
        archive = written((first, "app:1"), (second, "other:2"))
        assert [entry["RepoTags"] for entry in document(archive, "manifest.json")] == [["app:1"], ["other:2"]]
        assert document(archive, "repositories") == {"app": {"1": hex_of(TWO)}, "other": {"2": hex_of(ONE)}}
        names = [name for name, _ in members(archive)]
        assert len(names) == len(set(names)) == 2 + 2 + 2

    def test_one_image_under_two_tags_has_one_config(self, one: Layer) -> None:
        archive = written((recipe(one), "app:1"), (recipe(one), "app:latest"))
        config = f"{hex_of(recipe(one).oci_config())}.json"
        assert [entry["Config"] for entry in document(archive, "manifest.json")] == [config, config]
        assert [name for name, _ in members(archive)].count(config) == 1
        assert document(archive, "repositories") == {"app": {"1": hex_of(ONE), "latest": hex_of(ONE)}}

    def test_an_image_may_have_several_names(self, one: Layer) -> None:
        named = NamedImage(b"{}", (one,), ("app:1", "registry.example/app:2", "app:3"))
        archive = written_as_it_is(named)
        assert document(archive, "manifest.json")[0]["RepoTags"] == ["app:1", "registry.example/app:2", "app:3"]
        top = hex_of(ONE)
        assert document(archive, "repositories") == {"app": {"1": top, "3": top}, "registry.example/app": {"2": top}}

    def test_or_none(self, one: Layer) -> None:
        archive = written_as_it_is(NamedImage(b"{}", (one,), ()))
        assert document(archive, "manifest.json")[0]["RepoTags"] == []
        assert document(archive, "repositories") == {}

    def test_a_config_of_others_keeps_its_bytes_and_so_its_digest(self, one: Layer) -> None:
        config = b'{ "os": "linux",\n  "unknown to us": 1.0 }\n'
        archive = written_as_it_is(NamedImage(config, (one,), ("app:1",)))
        name = document(archive, "manifest.json")[0]["Config"]
        assert name == f"{hex_of(config)}.json"
        assert dict(members(archive))[name] == config

    def test_our_own_reader_picks_each(self, tmp_path: Path, one: Layer, two: Layer) -> None:
        archive = tmp_path / "archive.tar"
        archive.write_bytes(written((recipe(one), "app:1"), (recipe(two), "app:2")))
        with open_archive(str(archive)) as opened:
            assert opened.pick("app", "2").config.diff_ids == (sha256(TWO),)
            assert opened.pick().config.diff_ids == (sha256(ONE),)


class TestBytes:
    def test_contents_are_padded_and_two_zero_blocks_end_it(self, tmp_path: Path) -> None:
        data = b"x" * 513  # no tar: the sink does not look into a layer
        archive = written((recipe(tar_layer(tmp_path / "layer.tar", data)), "app:1"))
        assert len(archive) % 512 == 0
        assert archive.endswith(data + bytes(511) + bytes(1024))

    def test_members_are_plain_files_of_root_at_the_first_second(self, one: Layer) -> None:
        with tarfile.open(fileobj=io.BytesIO(written((recipe(one), "app:1")))) as tar:
            attributes = {(m.type, m.mode, m.uid, m.gid, m.uname, m.gname, m.mtime) for m in tar}
        assert attributes == {(tarfile.REGTYPE, 0o644, 0, 0, "root", "root", 1)}

    def test_the_same_recipe_gives_the_same_bytes(self, tmp_path: Path, one: Layer) -> None:
        image = recipe(one, config={"A": 1, "B": 2})
        copy = replace(image, config={"B": 2, "A": 1}, layers=(tar_layer(tmp_path / "copy.tar", ONE),))
        assert written((image, "app:1")) == written((copy, "app:1"))

    def test_tar_reads_it(self, tmp_path: Path, one: Layer) -> None:
        (tmp_path / "archive.tar").write_bytes(written((recipe(one), "app:1")))
        command = [need("tar"), "-xOf", str(tmp_path / "archive.tar"), f"{hex_of(ONE)}/layer.tar"]
        assert subprocess.run(command, capture_output=True, check=True).stdout == ONE


def plain(data: bytes, compressor: ArchiveCompressor) -> bytes:
    """Decompress with programs that are not ours."""
    match compressor:
        case "gzip":
            return gzip.decompress(data)
        case "zstd":
            return subprocess.run([need("zstd"), "-dc"], input=data, capture_output=True, check=True).stdout
    return data


class TestArchiveFile:
    @pytest.mark.parametrize("compressor", COMPRESSORS)
    def test_compressed_and_back(self, tmp_path: Path, one: Layer, compressor: ArchiveCompressor) -> None:
        need("zstd")
        image = recipe(one, tar_layer(tmp_path / "large.tar", images.layer({"zeros": bytes(3_000_000)})))
        with archive_file(str(tmp_path / "archive"), compressor) as file:
            write_docker_archive([NamedImage.of(image, "app:1")], file)
        data = (tmp_path / "archive").read_bytes()
        assert plain(data, compressor) == written((image, "app:1"))
        assert compressor == "none" or len(data) < 100_000

    def test_it_has_its_name_only_when_it_is_whole(self, tmp_path: Path) -> None:
        with archive_file(str(tmp_path / "archive"), "none") as file:
            file.write(b"part")
            assert not (tmp_path / "archive").exists()
        assert [path.name for path in tmp_path.iterdir()] == ["archive"]

    @pytest.mark.parametrize("compressor", COMPRESSORS)
    def test_a_failure_leaves_nothing_and_keeps_what_was_there(
        self, tmp_path: Path, compressor: ArchiveCompressor
    ) -> None:
        need("zstd")
        (tmp_path / "archive").write_text("an older one")
        with pytest.raises(KeyboardInterrupt), archive_file(str(tmp_path / "archive"), compressor) as file:
            file.write(bytes(3_000_000))
            raise KeyboardInterrupt
        assert [path.name for path in tmp_path.iterdir()] == ["archive"]
        assert (tmp_path / "archive").read_text() == "an older one"

    def test_an_unknown_compressor(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            checked_compressor("xz")
        assert str(caught.value) == "'xz' in compressor: use one of none, gzip, zstd"

    @pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has its own zstd")
    def test_a_machine_without_zstd(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(libzstd, "is_there", lambda: False)
        monkeypatch.setenv("PATH", str(tmp_path))
        missing = pytest.raises(ProgramFailed, match="^there is no program 'zstd' in PATH: ")
        with missing, archive_file(str(tmp_path / "archive"), "zstd"):
            pass
        assert list(tmp_path.iterdir()) == []


def grow(place: Path) -> None:
    (place / "bin/x").write_text("another program")


def alter(place: Path) -> None:
    (place / "bin/x").write_text("PROGRAM")


def add(place: Path) -> None:
    (place / "bin/y").write_text("")


def remove(place: Path) -> None:
    (place / "bin/x").unlink()


def remove_all(place: Path) -> None:
    remove(place)
    (place / "bin").rmdir()
    place.rmdir()


@pytest.mark.parametrize("compressor", ["none", "gzip"])
@pytest.mark.parametrize("change", [grow, alter, add, remove, remove_all])
def test_a_store_path_that_changed_gives_no_archive(
    tmp_path: Path, change: Callable[[Path], None], compressor: ArchiveCompressor
) -> None:
    place = tree(tmp_path / "path", {"bin/x": "program"})
    image = recipe(store_layer(place))
    change(place)
    out = tmp_path / "out"
    out.mkdir()
    changed = pytest.raises(StoreChanged, match=f"{place}.*nix-store --verify --check-contents --repair")
    with changed, archive_file(str(out / "archive"), compressor) as file:
        write_docker_archive([NamedImage.of(image, "app:1")], file)
    assert list(out.iterdir()) == []
