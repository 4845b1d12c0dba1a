"""The Nix database: which store paths are valid, in `nix/var/nix/db` of a root file system. Where it is, and written.

Nix alone writes it, by `nix-store --load-db`, so that it has the schema that the image's Nix knows; afterwards it is
brought to one form, in which the same registrations are the same bytes.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Collection, Mapping
from contextlib import closing

from ..outputs import whole_name
from ..process import PIPE, run
from .closure import PathInfo

PLACE = "nix/var/nix/db"
DATABASE = f"{PLACE}/db.sqlite"
SCHEMA = f"{PLACE}/schema"
JOURNAL = f"{DATABASE}-wal"
"""What was written and is not in DATABASE yet; SQLite would apply one that is there to any file of that name."""
JOURNAL_INDEX = f"{DATABASE}-shm"

_REGISTRATION_TIME = 1


def write_database(infos: Collection[PathInfo], root: str, derivations: Mapping[str, str]) -> None:
    """Write DATABASE and SCHEMA below the directory `root`, with these registrations and no others.

    infos: with NAR hash and size, and closed: every reference is registered too. Derivers are left out.
    derivations: for each .drv among them, a file with its content: Nix registers what it builds.
    Raises ProgramFailed where nix-store refuses them.
    """
    for path, content in derivations.items():
        place = root + path
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copyfile(content, place)
    registration = os.path.join(root, "registration")
    with open(registration, "w") as file:
        file.writelines(map(_record, infos))
    store = f"local?root={os.path.abspath(root)}"
    with open(registration, "rb") as file:
        run(["nix-store", "--store", store, "--load-db"], what="nix-store --load-db", stdin=file, stdout=PIPE)
    _make_reproducible(os.path.join(root, DATABASE))


def _record(info: PathInfo) -> str:
    """What `nix-store --dump-db` prints of a path."""
    fields = [info.path, info.nar_hash, info.nar_size, "", len(info.references), *info.references]
    return "".join(f"{field}\n" for field in fields)


def _make_reproducible(file: str) -> None:
    """Take out the time; write the tables into a file of their own, in one order, without a journal and free pages."""
    with whole_name(file) as fresh, closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("UPDATE ValidPaths SET registrationTime = ?", [_REGISTRATION_TIME])
        database.execute("PRAGMA page_size = 4096")
        database.execute("VACUUM INTO ?", [fresh])
