"""Bases of every form: whichever it is, the same image is found in it."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.bases.base import open_base
from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.oci.model import CONFIG, INDEX, LAYER_GZIP, MANIFEST
from nixdock_hook.oci.reference import Reference
from tests.support.images import image_config, layer, sha256, write_tar

LAYER = layer({"etc/x": b"content"})
PACKED = gzip.compress(LAYER, mtime=0)

Members = dict[str, bytes]


def config(architecture: str = "amd64") -> bytes:
    return json.dumps(image_config([LAYER]) | {"architecture": architecture}).encode()


def described(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": sha256(data), "size": len(data)}


def manifest(architecture: str = "amd64") -> bytes:
    value = {"schemaVersion": 2, "config": described(CONFIG, config(architecture))}
    return json.dumps(value | {"layers": [described(LAYER_GZIP, PACKED)]}).encode()


def index(*architectures: str) -> bytes:
    """An index of images for these, and of what buildx says of them."""
    entries = [described(MANIFEST, b"{}") | {"platform": {"os": "unknown", "architecture": "unknown"}}]
    for each in architectures:
        entries.append(described(MANIFEST, manifest(each)) | {"platform": {"os": "linux", "architecture": each}})
    return json.dumps({"schemaVersion": 2, "manifests": entries}).encode()


def blobs(*data: bytes) -> Members:
    return {"blobs/" + sha256(each).replace(":", "/"): each for each in data}


def docker_save() -> Members:
    """Before 25, and what crane and kaniko write: other names of files, compressed layers."""
    entry = {"Config": sha256(config()), "RepoTags": ["app:1"], "Layers": ["layer.tar.gz"]}
    return {"layer.tar.gz": PACKED, sha256(config()): config(), "manifest.json": json.dumps([entry]).encode()}


def layout(*architectures: str) -> Members:
    """An index in index.json, as docker and buildx write it."""
    inner = index(*architectures)
    names = {"io.containerd.image.name": "docker.io/library/app:1", "org.opencontainers.image.ref.name": "1"}
    outer = {"schemaVersion": 2, "manifests": [described(INDEX, inner) | {"annotations": names}]}
    documents = [data for each in architectures for data in (manifest(each), config(each))]
    return {
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": json.dumps(outer).encode(),
        **blobs(inner, PACKED, *documents),
    }


def docker_save_of_25(*architectures: str) -> Members:
    """Both; manifest.json tells of the first platform alone."""
    config_name, layer_name = blobs(config(architectures[0]), PACKED)
    entry = {"Config": config_name, "RepoTags": ["app:1"], "Layers": [layer_name]}
    return layout(*architectures) | {"manifest.json": json.dumps([entry]).encode()}


def docker_save_without_manifest(*architectures: str) -> Members:
    return layout(*architectures) | {"manifest.json": b"null"}


def skopeo_dir(document: bytes) -> Members:
    found = {sha256(data)[7:]: data for data in (config(), PACKED)}
    found[f"{sha256(manifest())[7:]}.manifest.json"] = manifest()
    return found | {"manifest.json": document, "version": b"Directory Transport Version: 1.1\n"}


FORMS: dict[str, Callable[[], Members]] = {
    "docker save": docker_save,
    "docker save of 25": lambda: docker_save_of_25("amd64"),
    "docker save of an image for several platforms": lambda: docker_save_of_25("arm64", "amd64"),
    "docker save without manifest": lambda: docker_save_without_manifest("amd64"),
    "layout": lambda: layout("arm64", "amd64"),
    "skopeo's dir:": lambda: skopeo_dir(manifest()),
    "skopeo's dir: with --all": lambda: skopeo_dir(index("arm64", "amd64")),
}
forms = pytest.mark.parametrize("form", FORMS)


def as_directory(place: Path, members: Members) -> Path:
    for name, data in members.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    return place


def as_tar(place: Path, members: Members) -> Path:
    """With `./` in front, and with directories, as tar packs them."""
    packed = write_tar(place, [(f"./{name}", data) for name, data in members.items()])
    with tarfile.open(packed, "a") as tar:
        directory = tarfile.TarInfo("./blobs")
        directory.type = tarfile.DIRTYPE
        tar.addfile(directory)
    return packed


def compressed(compress: Callable[[bytes], bytes]) -> Callable[[Path, Members], Path]:
    def write(place: Path, members: Members) -> Path:
        packed = as_tar(place, members)
        packed.write_bytes(compress(packed.read_bytes()))
        return packed

    return write


PLACES = {
    "directory": as_directory,
    "tar": as_tar,
    **{compress.__module__: compressed(compress) for compress in (gzip.compress, lzma.compress, bz2.compress)},
}
places = pytest.mark.parametrize("place", PLACES)


@places
@forms
def test_the_image_for_this_architecture(form: str, place: str, tmp_path: Path) -> None:
    base = PLACES[place](tmp_path / "base", FORMS[form]())
    with open_base(str(base)) as opened:
        image = opened.reader.pick(None, None, "amd64")
        assert image.config_bytes == config()
        with opened.files.open(image.layers[0]) as file:
            assert file.read() == PACKED


def test_an_archive_of_another_platform_alone(tmp_path: Path) -> None:
    with open_base(str(as_tar(tmp_path / "base", docker_save_of_25("arm64")))) as opened:
        assert opened.reader.pick(None, None, "amd64").config_bytes == config("arm64")


@forms
def test_all_images(form: str, tmp_path: Path) -> None:
    with open_base(str(as_tar(tmp_path / "base", FORMS[form]()))) as opened:
        [image] = opened.reader.images("amd64")
        names = [str(Reference.split(name).familiar()) for name in image.repo_tags]
        assert names == ([] if "dir:" in form else ["app:1"])


@pytest.mark.parametrize("form", [form for form in FORMS if "dir:" not in form])
def test_picking_by_name(form: str, tmp_path: Path) -> None:
    base = as_tar(tmp_path / "base", FORMS[form]())
    with open_base(str(base)) as opened:
        assert opened.reader.pick("app", "1", "amd64").config_bytes == config()
        with pytest.raises(InvalidInput) as caught:
            opened.reader.pick("app", "2", "amd64")
    assert str(caught.value).startswith("there is no image app:2 in ")
    assert str(base) in str(caught.value)
    assert "it holds " in caught.value.remedy and "app:1" in caught.value.remedy


@pytest.mark.parametrize(
    ("names", "remedy"),
    [
        (["repositories", "0/layer.tar"], "it was saved by docker before 1.10"),
        (["etc/passwd", "bin/sh"], "it looks like a plain root file system; use it as copyToRoot"),
        (["b", "a"], "it is neither a docker-archive nor an OCI layout, it holds a, b"),
        ([], "it is neither a docker-archive nor an OCI layout, it holds nothing"),
    ],
)
@pytest.mark.parametrize("write", [as_directory, write_tar])
def test_what_is_no_image(write: Any, names: list[str], remedy: str, tmp_path: Path) -> None:
    members = dict.fromkeys(names, b"")
    (tmp_path / "d").mkdir()
    place = tmp_path / "d" if write is as_directory else tmp_path / "a.tar"
    write(place, members if write is as_directory else members.items())
    with pytest.raises(InvalidImage) as caught, open_base(str(place)):
        pass
    assert str(caught.value).startswith(f"there is no manifest.json in {place}: {remedy}")


def test_a_directory_with_an_archive_in_it(tmp_path: Path) -> None:
    as_directory(tmp_path, {"image.tar.gz": b"x"})
    remedy = "it is a directory that holds image.tar.gz; name the archive in it"
    with pytest.raises(InvalidImage, match=remedy), open_base(str(tmp_path)):
        pass


def test_a_blob_that_climbs_out_of_its_directory(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(PACKED)
    entry = {"Config": "config.json", "RepoTags": None, "Layers": ["../secret"]}
    members = {"config.json": config(), "manifest.json": json.dumps([entry]).encode()}
    base = as_directory(tmp_path / "base", members)
    with pytest.raises(InvalidImage, match="'../secret' climbs out of the archive"), open_base(str(base)):
        pass
