"""The database as Nix makes and reads it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from nixdock_hook.errors import ProgramFailed
from nixdock_hook.store.base_database import read_database
from nixdock_hook.store.closure import PathInfo
from nixdock_hook.store.database import DATABASE, SCHEMA, write_database
from nixdock_hook.store.nar import base32

A, B = (f"/nix/store/{letter * 32}-{letter}" for letter in "ab")
HASH = "sha256:" + 64 * "1"
INFOS = [PathInfo(A, (A, B), HASH, 120), PathInfo(B, (), "sha256:" + 52 * "1", 240, deriver="/nix/store/x.drv")]


def written(root: Path, *infos: PathInfo, derivations: dict[str, str] | None = None) -> Path:
    root.mkdir()
    write_database(infos, str(root), derivations or {})
    return root / DATABASE


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


class TestWriting:
    def test_what_is_read_is_what_was_written(self, tmp_path: Path) -> None:
        database = written(tmp_path / "root", *INFOS)
        assert (tmp_path / "root" / SCHEMA).read_text() == "10"
        read = {info.path: info for info in read_database(str(database), "here")}
        assert read[A] == INFOS[0]
        assert (read[B].references, read[B].nar_size, read[B].deriver) == ((), 240, "")
        nar_hash = read[B].nar_hash
        assert nar_hash and base32(bytes.fromhex(nar_hash.removeprefix("sha256:"))) == 52 * "1"

    def test_nix_reads_it(self, tmp_path: Path) -> None:
        written(tmp_path / "root", *INFOS)
        query = ["nix-store", "--store", f"local?root={tmp_path / 'root'}", "-q"]
        answers = [
            set(subprocess.run([*query, *words], check=True, capture_output=True, text=True).stdout.split())
            for words in (["--references", A], ["--size", A, B], ["--deriver", B], ["--requisites", A])
        ]
        assert answers == [{A, B}, {"120", "240"}, {"unknown-deriver"}, {A, B}]

    def test_the_same_registrations_are_the_same_bytes(self, tmp_path: Path) -> None:
        first, second = written(tmp_path / "1", *INFOS), written(tmp_path / "2", *INFOS[::-1])
        assert first.read_bytes() == second.read_bytes()

    def test_it_has_no_time_and_no_journal(self, tmp_path: Path) -> None:
        database = written(tmp_path / "root", *INFOS)
        assert rows(database, "SELECT DISTINCT registrationTime, deriver FROM ValidPaths") == [(1, None)]
        assert os.listdir(database.parent).count("db.sqlite-wal") == 0
        assert database.read_bytes()[18:20] == b"\1\1"  # neither read nor written through a journal (file format, 1.3)

    def test_an_image_may_be_without_store_paths(self, tmp_path: Path) -> None:
        assert read_database(str(written(tmp_path / "root")), "here") == []

    def test_a_derivation_is_registered_with_what_it_builds(self, tmp_path: Path) -> None:
        made = 'derivation { name = "made"; system = "any"; builder = "/none"; }'
        store = f"local?root={tmp_path / 'source'}"
        command = ["nix-instantiate", "--store", store, "--expr", made]
        drv = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        content = {drv: f"{tmp_path}/source{drv}"}
        database = written(tmp_path / "root", PathInfo(drv, (), HASH, 1), derivations=content)
        [(output, path)] = rows(database, "SELECT id, path FROM DerivationOutputs")
        assert output == "out" and str(path).endswith("-made")

    def test_a_reference_that_is_not_registered_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ProgramFailed, match="^nix-store --load-db failed with exit status 1: "):
            written(tmp_path / "root", INFOS[0])
