from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.layers.source import ArchiveSource, Layer
from nixdock_hook.oci.model import LAYER_TAR, History
from tests.support import images
from tests.support.recipes import recipe, recipe_file, store_layer, tar_layer, tree

from .conftest import Build


def exported(build: Build, tmp_path: Path, *layers: Layer) -> Path:
    return build.run("export_image", {"recipe": str(recipe_file(tmp_path / "recipe", recipe(*layers)))})


def content(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None
    return file.read()


def test_layers_of_every_kind_as_one_plain_tar(build: Build, tmp_path: Path) -> None:
    lower = images.layer({"etc/": None, "etc/a": b"below", "etc/gone": b"", "etc/b": "a"}, uid=7, gid=8)
    base = images.docker_archive(tmp_path / "base.tar", [lower])
    upper = images.layer({"etc/.wh.gone": b"", "etc/a": b"above", "etc-x": None, "bin/sh": b"#!"}, mode=0o4711)
    result = exported(
        build,
        tmp_path,
        Layer(images.sha256(lower), len(lower), LAYER_TAR, History(), ArchiveSource(str(base), "0/layer.tar")),
        store_layer(tree(tmp_path / "abc-name", {"x": "stored"})),
        tar_layer(tmp_path / "upper.tar", upper),
    )
    with tarfile.open(result, "r:") as tar:
        found = {member.name: member for member in tar}
        assert [content(tar, f"./{name}") for name in ("etc/a", "bin/sh", "nix/store/abc-name/x")] == [
            b"above",
            b"#!",
            b"stored",
        ]
    # The order of `tar --sort=name`: what is in `etc` comes before `etc-x`.
    assert list(found) == [
        *(".", "./bin", "./bin/sh", "./etc", "./etc/a", "./etc/b", "./etc-x"),
        *("./nix", "./nix/store", "./nix/store/abc-name", "./nix/store/abc-name/x"),
    ]
    assert (found["./etc/b"].linkname, found["./etc/b"].uid, found["./etc/b"].gid) == ("a", 7, 8)
    assert (found["./etc/a"].mode, found["./etc/a"].uid, found["./etc"].uid) == (0o4711, 0, 7)
    assert {member.mtime for member in found.values()} == {1}


def test_members_are_named_as_tar_names_them(build: Build, tmp_path: Path) -> None:
    result = exported(build, tmp_path, tar_layer(tmp_path / "layer.tar", images.layer({"/a/": None})))
    data = result.read_bytes()
    assert [data[at : at + 100].rstrip(b"\0") for at in (0, 512)] == [b"./", b"./a/"]
    assert data[1024:] == bytes(1024)


def test_names_and_owners_that_are_no_text_stay_as_they_are(build: Build, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as tar:
        member = tarfile.TarInfo("\udcfe")
        member.uname = member.gname = "\udcff"
        tar.addfile(member)
    result = exported(build, tmp_path, tar_layer(tmp_path / "layer.tar", buffer.getvalue()))
    with tarfile.open(result, "r:", errors="surrogateescape") as tar:
        assert [(m.name, m.uname, m.gname) for m in tar][1:] == [("./\udcfe", "\udcff", "\udcff")]


def test_an_image_without_layers_is_an_empty_root(build: Build, tmp_path: Path) -> None:
    with tarfile.open(exported(build, tmp_path), "r:") as tar:
        assert [(member.name, member.mode) for member in tar] == [(".", 0o755)]


def test_a_layer_that_no_runtime_can_unpack_gives_no_output(build: Build, tmp_path: Path) -> None:
    layer = tar_layer(tmp_path / "layer.tar", images.layer({"a": b"", "a/b": b""}))
    with pytest.raises(InvalidImage) as caught:
        exported(build, tmp_path, layer)
    assert caught.value.what == "/a is no directory, but has members"
    assert caught.value.where == f"layer {layer.diff_id} ({tmp_path}/layer.tar)"
    assert not list(tmp_path.glob(f"{build.out.name}*"))


def test_hard_links_stay_hard_links_so_that_the_tar_is_no_larger_than_the_layers(build: Build, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in ("b/", "b/x", "a", "b/y", "none"):
            member = tarfile.TarInfo(name.rstrip("/"))
            member.type = tarfile.DIRTYPE if name == "b/" else tarfile.REGTYPE if name == "b/x" else tarfile.LNKTYPE
            member.size, member.linkname, member.mode = (5 if name == "b/x" else 0), "b/x", 0o755
            tar.addfile(member, io.BytesIO(b"12345"))
    upper = images.layer({".wh.none": b"", "b/x": b"another"})
    result = exported(build, tmp_path, tar_layer(tmp_path / "1", buffer.getvalue()), tar_layer(tmp_path / "2", upper))
    with tarfile.open(result, "r:") as tar:
        found = {
            member.name: (member.type, member.linkname, content(tar, member.name))
            for member in tar
            if member.size or member.islnk()
        }
    assert found == {
        "./a": (tarfile.REGTYPE, "", b"12345"),
        "./b/x": (tarfile.REGTYPE, "", b"another"),
        "./b/y": (tarfile.LNKTYPE, "./a", b"12345"),
    }
