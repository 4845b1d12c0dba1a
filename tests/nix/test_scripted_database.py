"""Images whose scripts find a Nix database: what they do to it stays, and what they bring is registered."""

from __future__ import annotations

import io
import sqlite3
import tarfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import images
from tests.support.images import docker_archive, layer
from tests.support.nix import Nix

DATABASE = "nix/var/nix/db/db.sqlite"
IMAGES = {
    "extraCommands": "buildImage { copyToRoot = tree; extraCommands = code; ",
    "layered": "buildLayeredImage { contents = pkgs.hello; extraCommands = code; ",
    "fakeRootCommands": "buildLayeredImage { contents = pkgs.hello; fakeRootCommands = code; ",
    "fakechroot": "buildLayeredImage { contents = pkgs.hello; fakeRootCommands = code; enableFakechroot = true; ",
    "runAsRoot": "buildImage { copyToRoot = tree; runAsRoot = code; ",
}
TREE = 'pkgs.writeTextDir "hello" "${pkgs.hello}"'
COMMON = 'name = "a"; tag = "1"; includeNixDB = true;'


def top_layer(nix: Nix, kind: str, script: str, more: str = "") -> tarfile.TarFile:
    """The last layer of an image with this script and a database."""
    names = f"let code = ''{script}''; tree = {TREE}; in"
    image = nix.build_expression(f"{names} dockerTools.{IMAGES[kind]} {COMMON} {more} }}")
    return tarfile.open(fileobj=io.BytesIO(images.layers_of(image)[-1]))


def registered(tar: tarfile.TarFile, directory: Path) -> set[str]:
    file = tar.extractfile(DATABASE)
    assert file is not None
    (directory / "db.sqlite").write_bytes(file.read())
    with closing(sqlite3.connect(directory / "db.sqlite")) as database:
        return {path for (path,) in database.execute("select path from ValidPaths")}


def files(tar: tarfile.TarFile) -> Mapping[str, tarfile.TarInfo]:
    return {member.name: member for member in tar}


@pytest.mark.parametrize("kind", IMAGES)
def test_what_a_script_brings_is_registered_beside_what_it_found(nix: Nix, tmp_path: Path, kind: str) -> None:
    script = f"test -s {DATABASE}; test -L nix/var/nix/gcroots/docker/*-hello-*; ln -s ${{pkgs.zstd}}/bin/zstd zstd"
    with top_layer(nix, kind, script) as tar:
        hello, zstd = Path(nix.path("pkgs.hello")), Path(nix.path("pkgs.zstd"))
        assert {str(hello), str(zstd)} <= registered(tar, tmp_path)
        roots = {Path(name).name for name in files(tar) if Path(name).parent.name == "docker"}
        assert roots == {hello.name, zstd.name}


def test_owners_that_a_script_sets_stay(nix: Nix) -> None:
    with top_layer(nix, "fakeRootCommands", "chown -R 7:8 nix/var; chmod 1777 nix/var/nix/gcroots") as tar:
        found = files(tar)
        names = ("nix/var", DATABASE, f"nix/var/nix/gcroots/docker/{Path(nix.path('pkgs.hello')).name}")
        assert {(found[name].uid, found[name].gid) for name in names} == {(7, 8)}
        assert found["nix/var/nix/gcroots"].mode == 0o1777


@pytest.mark.parametrize("kind", ["extraCommands", "fakechroot", "runAsRoot"])
def test_what_a_script_removes_or_writes_stays_so(nix: Nix, kind: str) -> None:
    with top_layer(nix, kind, f"rm -r nix/var/nix/gcroots; echo mine > {DATABASE}; echo new > nix/var/nix/new") as tar:
        file = tar.extractfile(DATABASE)
        assert file is not None and file.read() == b"mine\n"
        assert "nix/var/nix/new" in tar.getnames()
        assert not [name for name in tar.getnames() if name.startswith("nix/var/nix/gcroots")]


def test_a_script_as_root_finds_ours_in_the_place_of_the_bases(nix: Nix, tmp_path: Path) -> None:
    leftover = f"{DATABASE}-shm"
    nix("nix-store", "--store", f"local?root={tmp_path}/made", "--init")
    files = {DATABASE: (tmp_path / "made" / DATABASE).read_bytes(), leftover: b"old", "nix/var/nix/kept": b"kept"}
    held = {"tmp": None, f"nix/store/{'a' * 32}-held": b"content"}
    base = docker_archive(tmp_path / "base.tar", [layer({**held, **files})])
    script = f"test -e {DATABASE}; test ! -e {leftover}; cat nix/var/nix/kept > copy"
    with top_layer(nix, "runAsRoot", script, f"fromImage = {base};") as tar:
        names = set(tar.getnames())
    assert {DATABASE, "copy", "nix/var/nix/db/.wh.db.sqlite-shm"} <= names
    assert "nix/var/nix/kept" not in names
