"""Step `root-tree`: trees for `/`, changed by the user's script, as a root tar.

Spec: trees [directories], dirlinks, extraCommands (bash), shell (path of bash), owner, mtime.
Output: an uncompressed tar; the modes that the script left are in it, everything belongs to `owner`.
A script that fails is an error that names its argument and its exit status.
"""

from __future__ import annotations

import os
import shutil

from ..layers.source import Owner, StoreSource
from ..layers.tar import write_layer
from ..layers.tree import Tree, sorted_entries
from ..layers.union import merge
from ..process import run as run_program
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    root = os.path.abspath("root")
    os.umask(0o022)
    os.mkdir(root)
    _copy(merge(spec["trees"], spec["dirlinks"]), os.fsencode(root))
    script = "set -e -o pipefail\n" + spec["extraCommands"]
    run_program([spec["shell"], "-c", script], what="the script `extraCommands`", cwd=root)
    with open(attributes.out, "wb") as file:
        write_layer(StoreSource(root=(root,), owner=Owner(**spec["owner"]), mtime=spec["mtime"]), file.write)


def _copy(tree: Tree, root: bytes) -> None:
    """Write a tree to disk. Its directories are writable: a script would have to chmod each one otherwise."""
    for path, entry in sorted_entries(tree):
        place = root + b"/" + path
        if entry.kind == "directory":
            os.mkdir(place)
        elif entry.kind == "symlink":
            os.symlink(entry.target, place)
        else:
            shutil.copyfile(entry.origin[0], place)
            os.chmod(place, entry.mode)
