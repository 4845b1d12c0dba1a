"""Databases of base images: as Nix makes them, damaged, and made to harm their reader."""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.store import base_database
from nixdock_hook.store.base_database import read_database
from nixdock_hook.store.closure import PathInfo

A, B, C = (f"/nix/store/{letter * 32}-{letter}" for letter in "abc")
HASH = "sha256:" + 64 * "1"

# As Nix 2 makes it; the trigger too.
SCHEMA = """
create table if not exists ValidPaths (
    id               integer primary key autoincrement not null,
    path             text unique not null,
    hash             text not null,
    registrationTime integer not null,
    deriver          text,
    narSize          integer,
    ultimate         integer, -- null implies "false"
    sigs             text, -- space-separated
    ca               text -- if not null, an assertion about its content
);
create table if not exists Refs (
    referrer  integer not null,
    reference integer not null,
    primary key (referrer, reference),
    foreign key (referrer) references ValidPaths(id) on delete cascade,
    foreign key (reference) references ValidPaths(id) on delete restrict
);
create index if not exists IndexReferrer on Refs(referrer);
create trigger if not exists DeleteSelfRefs before delete on ValidPaths
  begin
    delete from Refs where referrer = old.id and reference = old.id;
  end;
"""
ROWS = f"""
insert into ValidPaths (id, path, hash, registrationTime, narSize, deriver) values
    (1, '{A}', '{HASH}', 1, 120, null), (2, '{B}', '{HASH}', 1, 240, 'x.drv');
insert into Refs values (1, 1), (1, 2);
"""
INFOS = [PathInfo(A, (A, B), HASH, 120), PathInfo(B, (), HASH, 240)]
PLAIN_REFS = "create table Refs (referrer integer, reference integer);"


def database(place: Path, script: str) -> Path:
    """A file of SQLite that a script made."""
    with closing(sqlite3.connect(place / "db.sqlite")) as connection:
        connection.executescript(script)
        connection.commit()
    return place / "db.sqlite"


def problem(file: Path) -> str:
    """What is wrong with a database, which has to be told in one line."""
    with pytest.raises(InvalidImage) as caught:
        read_database(str(file), "here")
    text = str(caught.value)
    assert text.startswith("the Nix database cannot be read (") and "\n" not in text and len(text) < 500
    assert text.endswith(") in here: " + base_database._REMEDY)
    return caught.value.what.removeprefix("the Nix database cannot be read (").removesuffix(")")


class TestRightOnes:
    def test_registrations(self, tmp_path: Path) -> None:
        assert read_database(str(database(tmp_path, SCHEMA + ROWS)), "here") == INFOS

    def test_nothing_is_written(self, tmp_path: Path) -> None:
        file = database(tmp_path, SCHEMA + ROWS)
        before = file.read_bytes()
        read_database(str(file), "here")
        assert (os.listdir(tmp_path), file.read_bytes()) == (["db.sqlite"], before)

    def test_a_name_that_a_uri_would_read_otherwise(self, tmp_path: Path) -> None:
        (tmp_path / "a?mode=memory#%41").mkdir()
        assert read_database(str(database(tmp_path / "a?mode=memory#%41", SCHEMA + ROWS)), "here") == INFOS

    @pytest.mark.parametrize(
        "pragma", ["encoding = 'UTF-16le'", "page_size = 65536", "auto_vacuum = 1", "page_size = 512"]
    )
    def test_other_forms_of_the_file(self, tmp_path: Path, pragma: str) -> None:
        assert read_database(str(database(tmp_path, f"PRAGMA {pragma};" + SCHEMA + ROWS)), "here") == INFOS

    def test_a_database_that_was_closed_with_a_journal_to_come(self, tmp_path: Path) -> None:
        assert read_database(str(database(tmp_path, "PRAGMA journal_mode = WAL;" + SCHEMA + ROWS)), "here") == INFOS

    def test_what_is_still_in_the_journal_counts(self, tmp_path: Path) -> None:
        (tmp_path / "copy").mkdir()
        file = database(tmp_path, "PRAGMA journal_mode = WAL;" + SCHEMA + ROWS)
        with closing(sqlite3.connect(file)) as connection:
            words = f"INSERT INTO ValidPaths (path, hash, registrationTime, narSize) VALUES ('{C}', '{HASH}', 1, 1)"
            connection.execute(words)
            connection.commit()
            for name in ("db.sqlite", "db.sqlite-wal"):
                shutil.copyfile(tmp_path / name, tmp_path / "copy" / name)
        copy = tmp_path / "copy" / "db.sqlite"
        before = copy.read_bytes()
        assert read_database(str(copy), "here") == [*INFOS, PathInfo(C, (), HASH, 1)]
        assert copy.read_bytes() == before

    def test_a_column_that_a_newer_nix_added(self, tmp_path: Path) -> None:
        more = "ALTER TABLE ValidPaths ADD COLUMN another text;"
        assert read_database(str(database(tmp_path, SCHEMA + ROWS + more)), "here") == INFOS

    def test_a_reference_to_what_is_not_registered_says_nothing(self, tmp_path: Path) -> None:
        file = database(tmp_path, SCHEMA + ROWS + "insert into Refs values (2, 9), (9, 1);")
        assert read_database(str(file), "here") == INFOS

    @pytest.mark.parametrize(
        "spoiled",
        [
            *(f"hash = 'sha256:{64 * '0'}'", "hash = ''", "hash = 'md5:1'", "hash = x'00'", "hash = 5"),
            *("narSize = 0", "narSize = NULL", "narSize = -1", "narSize = 1.5", "narSize = 'x'", "narSize = x'00'"),
        ],
    )
    def test_a_hash_or_size_that_is_none_is_not_taken_for_one(self, tmp_path: Path, spoiled: str) -> None:
        file = database(tmp_path, SCHEMA + ROWS + f"UPDATE ValidPaths SET {spoiled} WHERE id = 1")
        assert read_database(str(file), "here") == [PathInfo(A, (A, B)), INFOS[1]]


class TestDamagedOnes:
    def test_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "db.sqlite").write_bytes(b"this is no database" * 1000)
        assert problem(tmp_path / "db.sqlite") == "file is not a database"

    @pytest.mark.parametrize("script", ["CREATE TABLE t (x)", "", PLAIN_REFS])
    def test_another_database(self, tmp_path: Path, script: str) -> None:
        assert problem(database(tmp_path, script)) == "no such table: ValidPaths"

    def test_zeros_behind_the_first_page(self, tmp_path: Path) -> None:
        file = database(tmp_path, SCHEMA + ROWS)
        content = bytearray(file.read_bytes())
        content[4096:] = bytes(len(content) - 4096)
        file.write_bytes(content)
        assert problem(file)

    @pytest.mark.parametrize("size", [5000, 4096, 600, 100])
    def test_a_truncated_one(self, tmp_path: Path, size: int) -> None:
        file = database(tmp_path, SCHEMA + ROWS)
        file.write_bytes(file.read_bytes()[:size])
        assert problem(file)

    def test_text_that_is_not_utf8(self, tmp_path: Path) -> None:
        spoil = f"UPDATE ValidPaths SET path = CAST(x'{A.encode().hex()}ff' AS TEXT) WHERE id = 1"
        assert problem(database(tmp_path, SCHEMA + ROWS + spoil)).startswith("Could not decode to UTF-8 column 'path'")

    @pytest.mark.parametrize(
        "path",
        [
            *("'c'", "''", "5", "x'00'", "1.5", "'/etc/passwd'", "'/nix/store'", f"'{A}/b'", f"'{A}' || char(10)"),
            *(f"'{A}' || char(0)", "'/nix/store/../../etc/' || 'passwd'", f"'{A.replace('a', 'e')}'", f"'--{A}'"),
            "'" + A + "x" * 300 + "'",
        ],
    )
    def test_paths_that_are_none(self, tmp_path: Path, path: str) -> None:
        file = database(tmp_path, SCHEMA + ROWS + f"UPDATE ValidPaths SET path = {path} WHERE id = 1")
        assert problem(file).endswith("is no store path")


class TestHostileOnes:
    @pytest.mark.parametrize(
        "script",
        [
            "create view ValidPaths as with recursive n(x) as (select 1 union all select x + 1 from n)"
            " select x as id, 'p' || x as path, 'h' as hash, 1 as narSize from n;" + PLAIN_REFS,
            SCHEMA.replace("Refs", "Others") + "create view Refs as select a.* from Others a, Others b, Others c;",
            "create virtual table ValidPaths using fts5(id, path, hash, narSize);" + PLAIN_REFS,
        ],
    )
    def test_what_takes_the_place_of_a_table(self, tmp_path: Path, script: str) -> None:
        assert problem(database(tmp_path, script)).endswith("is no plain table")

    @pytest.mark.parametrize("kind", ["stored", "virtual"])
    def test_generated_columns(self, tmp_path: Path, kind: str) -> None:
        script = f"""
            create table ValidPaths (
                id integer primary key, path text, narSize integer,
                hash text generated always as (printf('%.*c', 1000000, 'x')) {kind}
            );
            insert into ValidPaths (path, narSize) values ('{A}', 1);
        """
        assert problem(database(tmp_path, script + PLAIN_REFS)) == "ValidPaths has generated columns"

    @pytest.mark.parametrize("name", ["ValidPaths", "Refs"])
    def test_a_schema_that_calls_a_view_a_table(self, tmp_path: Path, name: str) -> None:
        file = database(tmp_path, SCHEMA + ROWS + f"create table copy as select * from {name}; drop table {name};")
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(f"""
                create view {name} as select * from copy;
                PRAGMA writable_schema = ON;
                update sqlite_master set type = 'table' where name = '{name}';
            """)
            connection.commit()
        assert problem(file) in (f"{name} is no plain table", f"malformed database schema ({name})")

    def test_a_view_under_another_name_for_the_schema(self, tmp_path: Path) -> None:
        file = database(tmp_path, SCHEMA + ROWS + "create view Others as select * from Refs;")
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript("""
                PRAGMA writable_schema = ON;
                update sqlite_master set sql = 'CREATE VIEW ValidPaths as select * from Refs' where name = 'Others';
            """)
            connection.commit()
        assert "malformed" in problem(file)

    def test_rows_twice(self, tmp_path: Path) -> None:
        script = f"""
            create table ValidPaths (id integer, path text, hash text, narSize integer);
            insert into ValidPaths values (1, '{A}', '', 1), (2, '{A}', '', 1);
        """
        assert problem(database(tmp_path, script + PLAIN_REFS)) == f"{A} is registered twice"

    @pytest.mark.parametrize("number", ["NULL", "'x'", "1.5", "x'00'"])
    def test_rows_without_a_number(self, tmp_path: Path, number: str) -> None:
        script = "create table ValidPaths (id, path text, hash text, narSize integer);"
        rows = f"insert into ValidPaths values ({number}, '{A}', '', 1);"
        assert problem(database(tmp_path, script + rows + PLAIN_REFS)).endswith("is registered twice")

    def test_a_row_of_a_megabyte(self, tmp_path: Path) -> None:
        long = "UPDATE ValidPaths SET hash = printf('%.*c', 70000, 'x') WHERE id = 1"
        assert problem(database(tmp_path, SCHEMA + ROWS + long)) == "string or blob too big"

    def test_a_schema_of_a_megabyte(self, tmp_path: Path) -> None:
        long = "create table t (x default '" + "x" * 20_000 + "');"
        assert "too" in problem(database(tmp_path, SCHEMA + ROWS + long))

    def test_pages_that_name_one_another(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A tree of interior pages, each of which has the next one 300 times: 300^17 rows in 100 kB."""
        file = database(tmp_path, "PRAGMA page_size = 4096;" + SCHEMA + ROWS)
        with closing(sqlite3.connect(file)) as connection:
            [(root,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'Refs'").fetchall()
            [(leaf,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ValidPaths'").fetchall()
        pages = bytearray(file.read_bytes())
        first, levels = len(pages) // 4096 + 1, 17
        content = pages[(root - 1) * 4096 : root * 4096]
        for level in range(levels):
            page = root if level == 0 else first + level - 1
            below = first + level
            pages[(page - 1) * 4096 : page * 4096] = _interior(below)
        pages[(first + levels - 2) * 4096 :] = content
        pages[28:32] = struct.pack(">I", len(pages) // 4096)
        file.write_bytes(pages)
        monkeypatch.setattr(base_database, "_MOST_STEPS", 1_000_000)
        assert leaf != root and problem(file) == "interrupted"

    def test_steps_have_an_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        numbers = "with recursive n(x) as (select 3 union all select x + 1 from n where x < 50000)"
        file = database(tmp_path, f"{SCHEMA}{ROWS}{numbers} insert into Refs select x, x from n;")
        monkeypatch.setattr(base_database, "_MOST_STEPS", 500_000)
        assert read_database(str(file), "here") == INFOS
        monkeypatch.setattr(base_database, "_MOST_STEPS", 100_000)
        assert problem(file) == "interrupted"


def _interior(below: int, count: int = 300) -> bytes:
    """An interior page of a table's tree, all of whose children are the page `below` (file format, 1.6)."""
    cells = [struct.pack(">IB", below, number % 128) for number in range(count)]
    start = 4096 - 5 * count
    header = struct.pack(">BHHHBI", 5, 0, count, start, 0, below)
    pointers = b"".join(struct.pack(">H", start + 5 * number) for number in range(count))
    return (header + pointers).ljust(start, b"\0") + b"".join(cells)
