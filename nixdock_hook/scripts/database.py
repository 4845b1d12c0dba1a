"""The Nix database of an image around the user's scripts: they find one, may change it, and bring new store paths.

So it is made twice, of what is known before them and of what the image mentions in the end. What a script left as it
was is of the second; what it changed, added or removed stays as the script had it.
"""

from __future__ import annotations

from dataclasses import replace

from ..store.database import DATABASE
from ..trees.merge import place
from ..trees.overlay import WHITEOUT
from ..trees.restored import same_content
from ..trees.tree import Entry, Tree, parents, read_root, sorted_entries
from ..trees.whiteouts import is_whiteout


def with_database(tree: Tree, database: str | None, base: Tree | None = None) -> Tree:
    """Put the database that scripts find under a user's trees, where both are over a base: what the user has wins.

    database: the result of the step `nix-database`, or None. What it says is deleted is left out of the base.
    """
    present = dict(base or {})
    made = read_root(database) if database else {}
    for path, entry in sorted_entries(made):
        if is_whiteout(path):
            directory, slash, name = path.rpartition(b"/")
            present.pop(directory + slash + name.removeprefix(WHITEOUT), None)
        else:
            place(present, path, entry)
    for path, entry in sorted_entries(tree):
        place(present, path, entry)
    return present


def without_found(tree: Tree, database: str | None) -> Tree:
    """Leave a database that scripts did not change empty: Nix would take each path in it for one that they mention."""
    path = DATABASE.encode()
    if not database or path not in tree or not same_content(tree[path], read_root(database)[path]):
        return tree
    return {**tree, path: replace(tree[path], size=0)}


def after_scripts(database: Tree, found: str, left: Tree) -> Tree:
    """Return the entries of the final database that go over what the scripts left.

    found: the database that they found. left: everything that is there after them, `without_found`.
    """
    before = read_root(found)
    kept: Tree = {}
    for path, entry in database.items():
        is_new = path not in before or is_whiteout(path)
        if path in left:
            if path in before and _is_untouched(path, left[path], before[path]):
                kept[path] = replace(entry, mode=left[path].mode, owner=left[path].owner)
        elif is_new and all(_is_directory(left, parent) or parent not in before for parent in parents(path)):
            kept[path] = entry
    return kept


def _is_untouched(path: bytes, now: Entry, before: Entry) -> bool:
    return not now.size if path == DATABASE.encode() else same_content(now, before)


def _is_directory(tree: Tree, path: bytes) -> bool:
    return path in tree and tree[path].kind == "directory"
