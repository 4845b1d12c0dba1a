"""The step `base-registration`: bases made by hand, with databases of the real nix-store, and bases of ours."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.images import base_store
from nixdock_hook.store.closure import PathInfo
from nixdock_hook.store.database import DATABASE
from nixdock_hook.store.nar import nar_hash_and_size
from nixdock_hook.trees.tree import Entry
from tests.support import images
from tests.support.nix import Nix
from tests.support.nix_bases import HASH, base_of, database_bytes, node
from tests.support.recipes import recipe, recipe_file, store_layer, tar_layer, tree

from .conftest import Build

USER = {"uid": 1000, "gid": 100, "uname": "user", "gname": "users"}
A, B, C, D = (f"/nix/store/{letter * 32}-{letter}" for letter in "abcd")


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
        files: images.Files = {f"{A[1:]}/bin/x": f"#!{B}\n".encode(), B[1:]: "nowhere"}
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
