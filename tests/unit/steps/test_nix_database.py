"""The steps `base-registration` and `nix-database`, with the real nix-store: bases made by hand and of ours."""

from __future__ import annotations

import json
import sqlite3
import tarfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.images import base_store
from nixdock_hook.store.closure import PathInfo
from nixdock_hook.store.database import write_database
from nixdock_hook.store.foreign_database import read_database
from nixdock_hook.store.nar import nar_hash_and_size
from nixdock_hook.trees.identity import path_digest
from nixdock_hook.trees.tree import Entry
from tests.support import images
from tests.support.nix import Nix, nix_environment
from tests.support.recipes import recipe, recipe_file, store_layer, tar_layer, tree
from tests.support.tools import need

from .conftest import Build

USER = {"uid": 1000, "gid": 100, "uname": "user", "gname": "users"}
A, B, C, D = (f"/nix/store/{letter * 32}-{letter}" for letter in "abcd")
HASH = "sha256:" + 64 * "1"
DATABASE = "nix/var/nix/db/db.sqlite"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    need("nix-store")
    for name, value in nix_environment().items():
        monkeypatch.setenv(name, value)


def node(path: str, *references: str, size: int = 120) -> dict[str, Any]:
    return {"path": path, "references": list(references), "narHash": HASH, "narSize": size}


def database_bytes(directory: Path, *infos: PathInfo) -> bytes:
    """The database of a base."""
    directory.mkdir()
    write_database(infos, str(directory), {})
    return (directory / DATABASE).read_bytes()


def base_of(directory: Path, files: images.Files) -> Path:
    """A base from elsewhere of one layer."""
    directory.mkdir()
    names = {name.split("/")[2] for name in files if name.startswith("nix/store/")}
    layer = tar_layer(directory / "layer.tar", images.layer(files))
    return recipe_file(directory / "recipe", recipe(layer, base_holds=dict.fromkeys(names, images.sha256(b"listing"))))


class TestBaseRegistration:
    def registered(self, build: Build, base: Path, graph: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """What was found out: store path → the rest of its node; and the whiteouts."""
        out = build.run("base_registration", {"base": str(base)}, {"base": list(graph)})
        value = json.loads((out / "registration.json").read_text())
        nodes = {found.pop("path"): found for found in value["paths"]}
        assert list(nodes) == sorted(nodes)
        return nodes | {"whiteouts": value["whiteouts"]}

    def test_layers_of_ours_are_as_nix_knows_them(self, build: Build, tmp_path: Path, nix: Nix) -> None:
        path = nix("nix-store", "--add", tree(tmp_path / "ours", {"file": "1"})).strip()
        elsewhere = tar_layer(tmp_path / "layer.tar", images.layer({f"{path[1:]}/file": b"", A[1:]: b""}))
        base = recipe_file(tmp_path / "base", recipe(elsewhere, store_layer(Path(path))))
        found = self.registered(build, base, [node(path, path), node("/nix/store/recipe", path)])
        assert found.keys() == {path, A, "whiteouts"}
        assert found[path] == {"references": [path], "narHash": HASH, "narSize": 120}

    def test_a_path_of_ours_that_a_layer_above_deletes_is_not_there(
        self, build: Build, tmp_path: Path, nix: Nix
    ) -> None:
        path = nix("nix-store", "--add", tree(tmp_path / "ours", {"file": "1"})).strip()
        whiteout = tar_layer(tmp_path / "layer.tar", images.layer({f"nix/store/.wh.{Path(path).name}": b""}))
        base = recipe_file(tmp_path / "base", recipe(store_layer(Path(path)), whiteout))
        assert self.registered(build, base, [node(path)]) == {"whiteouts": []}

    def test_a_base_without_a_store_is_not_even_read(self, build: Build, tmp_path: Path) -> None:
        layer = tar_layer(tmp_path / "layer.tar", images.layer({"etc/a": b"a"}))
        (tmp_path / "layer.tar").unlink()
        base = recipe_file(tmp_path / "base", recipe(layer))
        assert self.registered(build, base) == {"whiteouts": []}

    def test_without_a_database_content_tells(self, build: Build, tmp_path: Path) -> None:
        content = tree(tmp_path / "content", {"bin/x": f"#!{B}\n"})
        (content / "bin/x").chmod(0o755)
        files = {f"{A[1:]}/bin/x": f"#!{B}\n".encode(), B[1:]: "nowhere"}
        found = self.registered(build, base_of(tmp_path / "base", files))
        nar_hash, nar_size = nar_hash_and_size(str(content))
        assert found[A] == {"references": [B], "narHash": nar_hash, "narSize": nar_size}
        assert found[B]["references"] == []

    def test_the_database_counts_and_what_it_lacks_is_told_by_content(self, build: Build, tmp_path: Path) -> None:
        infos = [PathInfo(A, (A,), HASH, 7), PathInfo(C, (A,), "sha256:" + 64 * "0", 8)]
        files = {DATABASE: database_bytes(tmp_path / "db", *infos), A[1:]: b"", B[1:]: b"", C[1:]: b""}
        found = self.registered(build, base_of(tmp_path / "base", files))
        assert found[A] == {"references": [A], "narHash": HASH, "narSize": 7}
        assert found[B]["narSize"] == found[C]["narSize"] == 144  # an empty executable's
        assert found[C]["references"] == []

    def test_a_registration_without_its_path_is_left_out_and_said(
        self, build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        infos = [PathInfo(A, (), HASH, 7), PathInfo(B, (), HASH, 7)]
        files = {DATABASE: database_bytes(tmp_path / "db", *infos), A[1:]: b""}
        assert self.registered(build, base_of(tmp_path / "base", files)).keys() == {A, "whiteouts"}
        [line] = capsys.readouterr().err.splitlines()
        said = "nixdock: warning: not registered: the base's Nix database has paths that its layers lack: "
        assert line == said + B

    def test_of_many_such_registrations_the_first_are_named(
        self, build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        infos = [PathInfo(f"{A}{number:02}", (), HASH, 7) for number in range(12)]
        files = {DATABASE: database_bytes(tmp_path / "db", *infos), A[1:]: b""}
        self.registered(build, base_of(tmp_path / "base", files))
        assert capsys.readouterr().err.endswith(f", {A}09 and 2 more\n")

    def test_a_database_that_is_too_large_is_not_copied(self, build: Build, tmp_path: Path) -> None:
        large = Entry("file", 0o644, size=(256 << 20) + 1, origin=(b"/dev/null", 0))
        with pytest.raises(InvalidImage, match=f"^/{DATABASE} has 268435457 bytes in the base app:1: delete it"):
            base_store.image_database({DATABASE.encode(): large}, "the base app:1")

    def test_a_journal_is_read_and_has_to_be_hidden(self, build: Build, tmp_path: Path) -> None:
        content = database_bytes(tmp_path / "db", PathInfo(A, (), HASH, 7))
        live = tmp_path / "live.sqlite"
        live.write_bytes(content)
        with closing(sqlite3.connect(live)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"UPDATE ValidPaths SET narSize = 77 WHERE path = '{A}'")
            connection.commit()
            journal = (tmp_path / "live.sqlite-wal").read_bytes()
            files = {DATABASE: live.read_bytes(), f"{DATABASE}-wal": journal, f"{DATABASE}-shm": b"", A[1:]: b""}
        found = self.registered(build, base_of(tmp_path / "base", files))
        assert found[A]["narSize"] == 77
        assert found["whiteouts"] == [f"{DATABASE}-wal", f"{DATABASE}-shm"]

    def test_derivations_are_kept(self, build: Build, tmp_path: Path) -> None:
        base = base_of(tmp_path / "base", {f"{A[1:]}.drv": b"Derive()", B[1:]: b""})
        self.registered(build, base)
        [kept] = (build.out / "derivations").iterdir()
        assert (kept.name, kept.read_text()) == (f"{Path(A).name}.drv", "Derive()")

    def test_a_corrupt_database_is_one_clear_line(self, build: Build, tmp_path: Path) -> None:
        base = base_of(tmp_path / "base", {DATABASE: b"rubbish " * 1000, A[1:]: b""})
        said = f"^the Nix database cannot be read .* in /{DATABASE} of the base app:1: repair the base image, or"
        with pytest.raises(InvalidImage, match=said):
            self.registered(build, base)
        assert not build.out.exists()


class TestNixDatabase:
    def spec(self, **changes: Any) -> dict[str, Any]:
        plain = {"root": [], "dirlinks": "conflict", "config": None, "base": None, "registration": None, "found": None}
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
