"""Nix databases of bases: bytes of the file, fields of its pages, statements of its schema, its journal."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from nixdock_hook.store.base_database import read_database

from . import mutate
from .engine import Files, Target

_PATHS = [f"/nix/store/{letter * 32}-{letter}" for letter in "abcdfghij"]
SCHEMA = (
    "PRAGMA page_size = 512;"
    "CREATE TABLE ValidPaths (id integer primary key autoincrement not null, path text unique not null,"
    " hash text not null, registrationTime integer not null, deriver text, narSize integer, ultimate integer,"
    " sigs text, ca text);"
    "CREATE TABLE Refs (referrer integer not null, reference integer not null, primary key (referrer, reference));"
    "CREATE INDEX IndexReferrer ON Refs(referrer);"
    "CREATE TRIGGER DeleteSelfRefs BEFORE DELETE ON ValidPaths BEGIN DELETE FROM Refs WHERE referrer = old.id; END;"
    + "".join(
        f"INSERT INTO ValidPaths VALUES ({number}, '{path}', 'sha256:{'1' * 64}', 1, NULL, 120, NULL, NULL, NULL);"
        f"INSERT INTO Refs VALUES ({number}, {number}), ({number}, 1);"
        for number, path in enumerate(_PATHS, 2)
    )
)
_STATEMENTS = [
    "CREATE VIEW ValidPaths AS SELECT 1 AS id, 'x' AS path, 'y' AS hash, 1 AS narSize",
    "CREATE VIEW Refs AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x, x FROM n",
    "CREATE VIRTUAL TABLE ValidPaths USING fts5(id, path, hash, narSize)",
    "CREATE TABLE ValidPaths (id, path, hash, narSize AS (randomblob(1000000)))",
    "CREATE TABLE ValidPaths (id, path, hash, narSize) WITHOUT ROWID",
    "CREATE TABLE Refs (referrer COLLATE x, reference DEFAULT (load_extension('x')))",
    "CREATE TABLE Refs (referrer, reference, CHECK (referrer IN (SELECT 1)))",
    "CREATE TABLE ValidPaths (",
    "",
]
_VALUES = [
    *("NULL", "1", "-1", "9223372036854775807", "1.5", "''", "x'ff'", "'x'", "CAST(x'ff' AS TEXT)", "'/etc/passwd'"),
    *("printf('%.*c', 70000, 'x')", "zeroblob(100000)", "'a' || char(0)", "'a' || char(10)", "path || 'x'"),
]


@cache
def right() -> tuple[bytes, bytes]:
    """A database, and the journal of a change that is not in it yet."""
    with TemporaryDirectory() as directory:
        file = Path(directory, "db")
        with closing(sqlite3.connect(file)) as database:
            database.executescript(SCHEMA)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("INSERT INTO Refs VALUES (2, 3)")
            database.commit()
            return file.read_bytes(), Path(f"{file}-wal").read_bytes()


def database(random: Random) -> Files:
    """A database, with a journal or without."""
    data, journal = right()
    match random.randrange(4):
        case 0:
            data = _changed_by(data, _statements(random))
        case 1:
            data = mutate.several(random, mutate.raw, data)
        case _:
            data = mutate.several(random, _page, data)
    files = {"db.sqlite": data}
    if random.random() < 0.4:
        files["db.sqlite-wal"] = mutate.several(random, mutate.raw, journal)
    return files


def _page(random: Random, data: bytes) -> bytes:
    """Change a number in the header of the file or of a page, or in its list of cells."""
    size = 512
    if len(data) < size or random.random() < 0.2:
        offset, length = random.choice(
            ((16, 2), (18, 1), (19, 1), (20, 1), (28, 4), (32, 4), (36, 4), (44, 4), (56, 4))
        )
    else:
        offset = size * random.randrange(len(data) // size)
        offset += 100 if not offset else 0
        offset, length = random.choice(
            ((offset, 1), (offset + 1, 2), (offset + 3, 2), (offset + 5, 2), (offset + 8, 4), (offset + 8 + 2, 2))
        )
    number = random.choice((0, 1, 2, 3, 4, 5, 10, 13, 255, 512, 65535, 1 << 31, (1 << 32) - 1, random.randrange(40)))
    return data[:offset] + struct.pack(">I", number)[4 - length :] + data[offset + length :]


def _statements(random: Random) -> Iterable[str]:
    for _ in range(random.choice((1, 1, 2, 3))):
        match random.randrange(3):
            case 0:
                column = random.choice(("path", "hash", "narSize", "id", "sigs"))
                yield f"UPDATE OR IGNORE ValidPaths SET {column} = {random.choice(_VALUES)} WHERE id = 3"
            case 1:
                yield f"UPDATE OR IGNORE Refs SET reference = {random.choice(_VALUES)} WHERE referrer = 3"
            case _:
                field = random.choice(("sql", "sql", "sql", "name", "type", "tbl_name", "rootpage"))
                other = {"sql": _STATEMENTS, "rootpage": ["0", "2", "99", "-1"]}.get(
                    field, ["table", "view", "Refs", ""]
                )
                name = random.choice(("ValidPaths", "Refs", "IndexReferrer", "DeleteSelfRefs"))
                word = random.choice(other).replace("'", "''")
                yield f"UPDATE sqlite_master SET {field} = '{word}' WHERE name = '{name}'"


def _changed_by(data: bytes, statements: Iterable[str]) -> bytes:
    with TemporaryDirectory() as directory:
        file = Path(directory, "db")
        file.write_bytes(data)
        with closing(sqlite3.connect(file)) as connection, suppress(sqlite3.Error):
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA writable_schema = ON")
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return file.read_bytes()


def check(directory: Path) -> str:
    """Read it as a base's; what it says has to be what a registration can be."""
    infos = read_database(str(directory / "db.sqlite"), "the base")
    for info in infos:
        known = (info.nar_hash is None) == (info.nar_size is None)
        if not known or not all(path.startswith("/nix/store/") for path in (info.path, *info.references)):
            raise AssertionError(f"no registration: {info}")
    return f"{len(infos)} registrations"


DATABASES = [Target("databases", database, check)]
