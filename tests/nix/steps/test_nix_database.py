"""The step `nix-database`, with the real nix-store."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.store.base_database import read_database
from nixdock_hook.store.database import DATABASE
from nixdock_hook.trees.identity import path_digest
from tests.support.nix import Nix
from tests.support.nix_bases import node
from tests.support.recipes import recipe, recipe_file, tree

from .conftest import Build

USER = {"uid": 1000, "gid": 100, "uname": "user", "gname": "users"}
A, B, C, D = (f"/nix/store/{letter * 32}-{letter}" for letter in "abcd")


class TestNixDatabase:
    def spec(self, **changes: Any) -> dict[str, Any]:
        plain: dict[str, Any] = {"root": [], "dirlinks": "conflict", "config": None, "base": None}
        plain |= {"registration": None, "found": None}
        return {**plain, "owner": USER, "mtime": "1970-01-01T00:00:07Z", **changes}

    def members(self, out: Path) -> dict[str, tarfile.TarInfo]:
        with tarfile.open(out) as tar:
            return {member.name: member for member in tar}

    def registered(self, out: Path) -> dict[str, int | None]:
        """Store path → NAR size."""
        with tarfile.open(out) as tar:
            file = tar.extractfile(DATABASE)
            assert file is not None
            (out.parent / "db.sqlite").write_bytes(file.read())
        infos = read_database(str(out.parent / "db.sqlite"), "here")
        return {info.path: info.nar_size for info in infos}

    def base(
        self, directory: Path, *nodes: Mapping[str, Any], whiteouts: Sequence[str] = (), listing: str = "sha256:0"
    ) -> dict[str, str]:
        """The part of the spec that says what the base holds."""
        (directory / "registration/derivations").mkdir(parents=True)
        value = {"paths": nodes, "whiteouts": whiteouts}
        (directory / "registration/registration.json").write_text(json.dumps(value))
        holds = {Path(node["path"]).name: listing for node in nodes}
        base = recipe_file(directory / "base", recipe(base_holds=holds))
        return {"registration": str(directory / "registration"), "base": str(base)}

    def test_all_of_the_closure_is_registered(self, build: Build) -> None:
        out = build.run("nix_database", self.spec(), {"closure": [node(A, B), node(B, size=240)]})
        assert self.registered(out) == {A: 120, B: 240}

    def test_only_what_nix_cannot_make_itself_is_there(self, build: Build) -> None:
        out = build.run("nix_database", self.spec(), {"closure": [node(A)]})
        found = self.members(out)
        roots = ["nix/var/nix/gcroots", "nix/var/nix/gcroots/docker", f"nix/var/nix/gcroots/docker/{Path(A).name}"]
        database = ["nix/var/nix/db", DATABASE, "nix/var/nix/db/schema"]
        assert list(found) == ["nix", "nix/store", "nix/var", "nix/var/nix", *database, *roots]
        owners = {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in found.values()}
        assert owners == {(1000, 100, "user", "users", 7)}
        assert found[roots[-1]].linkname == A
        modes = {m.mode for m in found.values() if m.isfile()}, {m.mode for m in found.values() if m.isdir()}
        assert modes == ({0o644}, {0o755})

    def test_config_and_root_trees_are_not_registered_but_what_they_mention_is_a_root(self, build: Build) -> None:
        graph = [node(A, B, A), node(B, C), node(C), node(D, C)]
        out = build.run("nix_database", self.spec(root=[A], config=D), {"closure": graph})
        assert self.registered(out).keys() == {A, B, C}  # A mentions itself, as some packages do
        roots = [name for name in self.members(out) if "docker/" in name]
        assert [Path(name).name for name in roots] == [Path(path).name for path in (A, B, C)]

    def test_what_the_base_holds_joins(self, build: Build, tmp_path: Path) -> None:
        base = self.base(tmp_path / "b", node(C, D, size=1), node(D, size=2), whiteouts=[f"{DATABASE}-wal"])
        out = build.run("nix_database", self.spec(**base), {"closure": [node(A, B), node(B)]})
        found = self.members(out)
        assert self.registered(out) == {A: 120, B: 120, C: 1, D: 2}
        assert {Path(name).name for name in found if "docker/" in name} == {Path(A).name, Path(C).name}
        assert found["nix/var/nix/db/.wh.db.sqlite-wal"].size == 0

    @pytest.mark.parametrize(("whole", "size"), [(True, 1), (False, 2)])
    def test_a_path_of_both_is_registered_as_the_copy_that_the_image_has(
        self, build: Build, tmp_path: Path, nix: Nix, whole: bool, size: int
    ) -> None:
        """The same path built elsewhere may have another NAR hash."""
        path = nix("nix-store", "--add", tree(tmp_path / "both", {"file": "1"})).strip()
        spec = self.base(tmp_path / "b", node(path, size=1), listing=path_digest(path) if whole else "sha256:0")
        out = build.run("nix_database", self.spec(**spec), {"closure": [node(path, size=2)]})
        assert self.registered(out) == {path: size}

    def test_a_path_of_the_base_may_need_one_of_ours(self, build: Build, tmp_path: Path) -> None:
        spec = self.base(tmp_path / "b", node(C, A))
        assert self.registered(build.run("nix_database", self.spec(**spec), {"closure": [node(A)]})).keys() == {A, C}

    def test_one_that_needs_what_is_nowhere_is_left_out_and_said(
        self, build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        spec = self.base(tmp_path / "b", node(B, C), node(C, D))
        assert self.registered(build.run("nix_database", self.spec(**spec), {"closure": [node(A)]})).keys() == {A}
        [line] = capsys.readouterr().err.splitlines()
        said = "nixdock: warning: not registered: paths of the base image, which need some that the image lacks: "
        assert line == f"{said}{B}, {C}"

    def test_the_same_input_gives_the_same_bytes(self, build: Build, tmp_path: Path) -> None:
        graph = [node(A, B), node(B)]
        first = build.run("nix_database", self.spec(), {"closure": graph}).read_bytes()
        (build.top / "root").rename(tmp_path / "root-before")
        assert build.run("nix_database", self.spec(), {"closure": graph[::-1]}).read_bytes() == first
