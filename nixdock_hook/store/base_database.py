"""The Nix database of a base image, read with distrust: SQLite's files can hold more than tables.

A view or a virtual table takes the place of a table and is a program of whoever made it; so is a generated column. A
file can be damaged so that it never ends: pages that name one another. See "Defense Against The Dark Arts" in SQLite's
documentation.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

from ..errors import InvalidImage
from .closure import PathInfo
from .place import STORE, is_store_name

MOST_BYTES = 256 << 20
"""Of the database and of its journal, each: 200,000 store paths have less than half of that."""
_MOST_STEPS = 5_000_000
"""Of SQLite's virtual machine, four for a row: 100,000 paths with ten references each, seconds of Python's time."""
_STEPS = 10_000  # between two looks at how many there were
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1 << 16,  # bytes of a row: with all its signatures one of Nix's has a thousand
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1 << 14,  # Nix's longest statement has a thousand
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 2,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 10_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
}
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_NO_HASH = "sha256:" + 64 * "0"
_REMEDY = "repair the base image, or delete its /nix/var/nix/db: its store paths are then registered anew"


class _Refused(Exception):
    """What is wrong with the database, though SQLite reads it."""


def read_database(file: str, where: str) -> list[PathInfo]:
    """Return the registrations in a database that any Nix since 2.0 wrote; its journal, if any, lies beside it.

    file: a copy, in a directory of its own: SQLite makes an index of the journal there. It is not written to.
    Hash and size are None where they are not known: tools that load a registration without them write zeros.
    Raises InvalidImage, naming `where`, if the file is damaged, no Nix database, or made to harm its reader.
    """
    # Without a journal nobody may write to the copy: SQLite then looks for none, and takes no locks.
    mode = "mode=ro" if os.path.exists(f"{file}-wal") else "immutable=1"
    try:
        with closing(sqlite3.connect(f"file:{quote(os.path.abspath(file))}?{mode}", uri=True)) as database:
            _harden(database)
            for table in ("ValidPaths", "Refs"):
                _check_table(database, table)
            return list(_registrations(database))
    except (sqlite3.Error, UnicodeDecodeError, _Refused) as error:  # its own messages quote a damaged schema
        raise InvalidImage(f"the Nix database cannot be read ({error})", where, _REMEDY) from error


def _harden(database: sqlite3.Connection) -> None:
    """Let it do nothing but read, and that not for long."""
    for limit, most in _LIMITS.items():
        database.setlimit(limit, most)
    left = _MOST_STEPS // _STEPS

    def is_enough() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    database.set_progress_handler(is_enough, _STEPS)
    for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "mmap_size = 0"):
        database.execute(f"PRAGMA {pragma}")
    database.set_authorizer(_authorize)


def _authorize(action: int, first: str | None, _second: str | None, _database: str | None, inside: str | None) -> int:
    """Allow to read columns of tables, and to ask what columns there are: no function, and nothing through a view."""
    reads = action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
    asks = action == sqlite3.SQLITE_PRAGMA and first == "table_xinfo"
    return sqlite3.SQLITE_OK if (reads or asks) and inside is None else sqlite3.SQLITE_DENY


def _check_table(database: sqlite3.Connection, name: str) -> None:
    """Refuse what is no plain table. What the schema calls it is no proof: its statement is what SQLite runs."""
    schema = database.execute("SELECT name, sql FROM sqlite_master")
    statements = [str(sql) for found, sql in schema if str(found).lower() == name.lower()]
    if not statements:
        raise _Refused(f"no such table: {name}")
    if len(statements) > 1 or not re.match(rf'CREATE TABLE ("?){name}\1\s*\(', statements[0]):
        raise _Refused(f"{name} is no plain table")
    # Its last column tells generated ones (2 and 3) and hidden ones (1).
    if any(column[-1] for column in database.execute(f"PRAGMA table_xinfo({name})")):
        raise _Refused(f"{name} has generated columns")


def _registrations(database: sqlite3.Connection) -> Iterator[PathInfo]:
    """Read table by table, without any index: two trees that say different things are one more way to lie."""
    rows: dict[int, tuple[str, object, object]] = {}
    paths: set[str] = set()
    for number, path, nar_hash, nar_size in database.execute(
        "SELECT id, path, hash, narSize FROM ValidPaths NOT INDEXED"
    ):
        if not isinstance(path, str) or not _is_store_path(path):
            raise _Refused(f"{path!r:.100} is no store path")
        if not isinstance(number, int) or number in rows or path in paths:
            raise _Refused(f"{path} is registered twice")
        rows[number] = path, nar_hash, nar_size
        paths.add(path)
    references: dict[int, set[str]] = {}
    for referrer, reference in database.execute("SELECT referrer, reference FROM Refs NOT INDEXED"):
        if referrer in rows and reference in rows:
            references.setdefault(referrer, set()).add(rows[reference][0])
    for number, (path, nar_hash, nar_size) in rows.items():
        yield PathInfo(path, tuple(sorted(references.get(number, ()))), *_known(nar_hash, nar_size))


def _is_store_path(path: str) -> bool:
    return path.startswith(f"{STORE}/") and is_store_name(path.removeprefix(f"{STORE}/"))


def _known(nar_hash: object, nar_size: object) -> tuple[str, int] | tuple[None, None]:
    right = isinstance(nar_hash, str) and _HASH.fullmatch(nar_hash) and nar_hash != _NO_HASH
    if right and isinstance(nar_hash, str) and isinstance(nar_size, int) and nar_size > 0:
        return nar_hash, nar_size
    return None, None
