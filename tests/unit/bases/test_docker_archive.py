"""docker-archives: the forms that tools write, and everything that can be wrong with one."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.bases.docker_archive import Archive
from nixdock_hook.errors import InvalidImage, InvalidInput, NixdockError
from tests.support.archives import open_archive
from tests.support.images import docker_archive, image_config, layer, write_tar
from tests.support.tools import need

LOWER = layer({"etc/x": b"lower"})
UPPER = layer({"etc/y": b"upper"})
CONFIG = json.dumps(image_config([LOWER])).encode()


def manifest(**change: Any) -> bytes:
    return json.dumps([{"Config": "c.json", "RepoTags": ["base:1"], "Layers": ["l.tar"]} | change]).encode()


def archive_of(tmp_path: Path, manifest_json: bytes, **members: bytes) -> Path:
    """An archive with a config `c.json` and a layer `l.tar`; others may be added."""
    content = {"c.json": CONFIG, "l.tar": LOWER, "manifest.json": manifest_json} | members
    return write_tar(tmp_path / "base.tar", content.items())


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def with_links(tmp_path: Path, links: Sequence[tarfile.TarInfo], layers: Sequence[str]) -> Path:
    """An archive whose one layer is the member `blobs/one`, and which has these links besides."""
    path = tmp_path / "links.tar"
    config = json.dumps(image_config([LOWER] * len(layers))).encode()
    members = {"c.json": config, "blobs/one": LOWER, "manifest.json": manifest(Layers=list(layers))}
    write_tar(path, members.items())
    with tarfile.open(path, "a") as tar:
        for each in links:
            tar.addfile(each)
    return path


def content(archive: Archive, member: str) -> bytes:
    with archive.open(member) as file:
        return file.read()


def error_of(path: Path, kind: type[NixdockError] = InvalidImage) -> NixdockError:
    with pytest.raises(kind) as caught, open_archive(str(path)):
        pass
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("name", ["base.tar", "base.tar.gz", "base"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_an_archive_is_read_whatever_its_name(name: str, compress: Any, tmp_path: Path) -> None:
    path = docker_archive(tmp_path / "made", [LOWER, UPPER], config={"Env": ["A=b"]})
    (tmp_path / name).write_bytes(compress(path.read_bytes()))
    with open_archive(str(tmp_path / name)) as archive:
        (image,) = archive.images
        assert image.repo_tags == ("base:1",)
        assert image.config.config == {"Env": ["A=b"]}
        assert json.loads(image.config_bytes) == image_config([LOWER, UPPER], {"Env": ["A=b"]})
        assert [content(archive, member) for member in image.layers] == [LOWER, UPPER]


def test_a_compressed_archive_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    path = tmp_path / "base.tar.gz"
    path.write_bytes(gzip.compress(docker_archive(tmp_path / "made", [LOWER]).read_bytes()))
    with open_archive(str(path)) as archive:
        assert content(archive, "0/layer.tar") == LOWER
        assert list((tmp_path / "tmp").iterdir()) == []


def test_members_are_read_at_random_and_side_by_side(tmp_path: Path) -> None:
    with open_archive(str(docker_archive(tmp_path / "a", [LOWER, UPPER]))) as archive:
        with archive.open("0/layer.tar") as lower, archive.open("1/layer.tar") as upper:
            assert lower.read(100) + upper.read(100) + lower.read() == LOWER[:100] + UPPER[:100] + LOWER[100:]
            lower.seek(-10, os.SEEK_END)
            assert lower.read(20) == LOWER[-10:]
        assert archive.where("x") == f"member 'x' of {archive.path}"


def test_identical_layers_stay_twice(tmp_path: Path) -> None:
    path = with_links(tmp_path, [], ["blobs/one", "blobs/one"])
    with open_archive(str(path)) as archive:
        assert archive.images[0].layers == ("blobs/one", "blobs/one")


def test_an_image_without_layers_and_names(tmp_path: Path) -> None:
    config = json.dumps(image_config([])).encode()
    path = archive_of(tmp_path, manifest(RepoTags=None, Layers=None), **{"c.json": config})
    with open_archive(str(path)) as archive:
        assert (archive.images[0].repo_tags, archive.images[0].layers) == ((), ())


def test_the_last_member_of_a_name_counts(tmp_path: Path) -> None:
    members = [("c.json", CONFIG), ("l.tar", UPPER), ("manifest.json", manifest()), ("./l.tar", LOWER)]
    path = write_tar(tmp_path / "a", members)
    with open_archive(str(path)) as archive:
        assert content(archive, "l.tar") == LOWER


@pytest.mark.parametrize(
    "target",
    [
        link("dir/layer.tar", "../blobs/one"),
        link("dir/layer.tar", "/blobs/one"),
        link("dir/layer.tar", "blobs/one", tarfile.LNKTYPE),
    ],
)
def test_links_lead_to_what_they_name(target: tarfile.TarInfo, tmp_path: Path) -> None:
    path = with_links(tmp_path, [target, link("second", "dir/layer.tar")], ["dir/layer.tar", "second"])
    with open_archive(str(path)) as archive:
        assert [content(archive, member) for member in archive.images[0].layers] == [LOWER, LOWER]


# Which image of several


def two_images(tmp_path: Path) -> str:
    entries = [
        {"Config": "c.json", "RepoTags": ["one:1", "docker.io/library/uno:1"], "Layers": ["l.tar"]},
        {"Config": "c.json", "RepoTags": ["registry.example/two:2"], "Layers": ["l.tar"]},
    ]
    return str(archive_of(tmp_path, json.dumps(entries).encode()))


@pytest.mark.parametrize(
    ("name", "tag", "number"),
    [
        (None, None, 0),
        ("registry.example/two", None, 0),
        (None, "2", 0),
        ("one", "1", 0),
        ("uno", "1", 0),
        ("docker.io/library/one", "1", 0),
        ("registry.example/two", "2", 1),
    ],
)
def test_picking_an_image(name: str | None, tag: str | None, number: int, tmp_path: Path) -> None:
    with open_archive(two_images(tmp_path)) as archive:
        assert archive.pick(name, tag) is archive.images[number]


@pytest.mark.parametrize(("name", "tag"), [("two", "2"), ("one", "2"), ("library/two", "2")])
def test_an_image_that_is_not_there(name: str, tag: str, tmp_path: Path) -> None:
    with open_archive(two_images(tmp_path)) as archive, pytest.raises(InvalidInput) as caught:
        archive.pick(name, tag)
    there = "it holds one:1, docker.io/library/uno:1, registry.example/two:2"
    assert str(caught.value) == f"there is no image {name}:{tag} in {archive.path}: {there}"


def test_an_archive_of_images_without_a_name(tmp_path: Path) -> None:
    path = archive_of(tmp_path, manifest(RepoTags=[]))
    with open_archive(str(path)) as archive, pytest.raises(InvalidInput, match="it holds only images without a name"):
        archive.pick("a", "b")


# Bad input


def test_no_file(tmp_path: Path) -> None:
    assert str(error_of(tmp_path / "none", InvalidInput)).endswith("No such file or directory")


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert error_of(tmp_path / "a").what == "an empty file is no image"


def test_a_compression_that_nobody_reads(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"LZIP\1")
    assert error_of(tmp_path / "a").what == "lzip data"


@pytest.mark.parametrize("data", [b"{}", b"<html>not found</html>\n" * 100, b"\x7fELF" + bytes(600), bytes(511)])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_no_archive(tmp_path: Path, data: bytes, compress: Callable[[bytes], bytes]) -> None:
    (tmp_path / "a").write_bytes(compress(data))
    assert error_of(tmp_path / "a").what == "this is not a tar"


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_tar_of_nothing(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    (tmp_path / "a").write_bytes(compress(bytes(1024)))
    assert error_of(tmp_path / "a").what == "there is no member 'manifest.json'"


@pytest.mark.parametrize(("compress", "what"), [(bytes, "damaged or truncated"), (gzip.compress, "damaged gzip data")])
def test_a_truncated_archive(compress: Any, what: str, tmp_path: Path) -> None:
    path = docker_archive(tmp_path / "a", [os.urandom(100_000)])
    data = compress(path.read_bytes())
    path.write_bytes(data[: len(data) // 2])
    assert error_of(path).what.startswith(what)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"{", "this is no valid JSON"),
        (b"{}", "this is not a list of images"),
        (b"[]", "this is not a list of images"),
        (b"[1]", "the document is not an object"),
        (b"[{}]", "Config is missing"),
        (manifest(Config=1, Layers="l.tar", RepoTags=[1]), "Config is not a string; Layers is not a list; RepoTags"),
    ],
)
def test_a_wrong_manifest(text: bytes, what: str, tmp_path: Path) -> None:
    error = error_of(archive_of(tmp_path, text))
    assert error.what.startswith(what)
    assert error.where.startswith("member 'manifest.json' of ")


def test_a_missing_config(tmp_path: Path) -> None:
    assert error_of(archive_of(tmp_path, manifest(Config="d.json"))).what == "there is no member 'd.json'"


def test_a_missing_layer(tmp_path: Path) -> None:
    assert error_of(archive_of(tmp_path, manifest(Layers=["m.tar"]))).what == "there is no member 'm.tar'"


@pytest.mark.parametrize(("config", "what"), [(b"no", "this is no valid JSON"), (b"{}", "architecture is missing; ")])
def test_a_wrong_config(config: bytes, what: str, tmp_path: Path) -> None:
    error = error_of(archive_of(tmp_path, manifest(), **{"c.json": config}))
    assert error.what.startswith(what)
    assert error.where.startswith("member 'c.json' of ")


def test_another_number_of_layers_than_of_diff_ids(tmp_path: Path) -> None:
    assert error_of(archive_of(tmp_path, manifest(Layers=["l.tar"] * 3))).what == "1 diff IDs for 3 layers"


@pytest.mark.parametrize("change", [{"Config": "../c.json"}, {"Layers": ["../l.tar"]}, {"Layers": ["a/../../l.tar"]}])
def test_a_manifest_that_climbs_out(change: dict[str, Any], tmp_path: Path) -> None:
    assert "climbs out of the archive" in error_of(archive_of(tmp_path, manifest(**change))).what


def test_a_member_that_climbs_out(tmp_path: Path) -> None:
    assert error_of(archive_of(tmp_path, manifest(), **{"../evil": b""})).what == "'../evil' climbs out of the archive"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_that_climbs_out(kind: bytes, tmp_path: Path) -> None:
    path = with_links(tmp_path, [link("a/l", "../../etc/passwd", kind)], ["a/l"])
    assert "climbs out of the archive" in error_of(path).what


def test_links_in_a_circle(tmp_path: Path) -> None:
    path = with_links(tmp_path, [link("a", "b"), link("b", "c"), link("c", "b")], ["a"])
    assert error_of(path).what == "the link 'a' leads back to itself"


def test_a_layer_that_is_a_directory(tmp_path: Path) -> None:
    path = with_links(tmp_path, [link("d", "", tarfile.DIRTYPE)], ["d"])
    assert error_of(path).what == "this is not a file"


def test_a_layer_that_is_stored_as_a_sparse_file(tmp_path: Path) -> None:
    with (tmp_path / "l.tar").open("wb") as file:
        file.truncate(10 << 20)
    (tmp_path / "c.json").write_bytes(CONFIG)
    (tmp_path / "manifest.json").write_bytes(manifest())
    members = ["c.json", "l.tar", "manifest.json"]
    subprocess.run([need("tar"), "-cSf", str(tmp_path / "a"), "-C", str(tmp_path), *members], check=True)
    assert error_of(tmp_path / "a").what == "a tar with 'l.tar', a sparse file"


def test_an_archive_that_shrinks_while_it_is_read(tmp_path: Path) -> None:
    path = docker_archive(tmp_path / "a", [layer({"f": os.urandom(100_000)})])
    with open_archive(str(path)) as archive, archive.open("0/layer.tar") as file:
        path.write_bytes(path.read_bytes()[:2000])
        with pytest.raises(InvalidImage, match="the archive got shorter while it was read"):
            file.read()


def test_no_space_for_the_decompressed_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(gzip.compress(bytes(10_000)))

    class Full(io.BytesIO):
        def write(self, data: Any, /) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", Full)
    error = error_of(path, NixdockError)
    assert error.what == f"cannot decompress {path} (No space left on device)"
    assert error.remedy == "free some space, or set TMPDIR"


def test_a_manifest_that_is_too_large(tmp_path: Path) -> None:
    path = archive_of(tmp_path, manifest() + b" " * (8 << 20))
    assert error_of(path).what == "a document of more than 8388608 bytes"


def test_a_config_that_many_images_share_is_read_once(tmp_path: Path) -> None:
    image = json.loads(manifest())[0]
    path = archive_of(tmp_path, json.dumps([image] * 1000).encode())
    with open_archive(str(path)) as archive:
        assert len({id(image.config) for image in archive.images}) == 1
