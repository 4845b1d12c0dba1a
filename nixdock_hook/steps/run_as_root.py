"""Step `run-as-root`: what a script that is root in the finished file system makes of it, as a root tar.

Output: an uncompressed tar with what is new or altered on top of the base; whiteouts for what is gone.

No VM and no real root: base and trees are unpacked as the build user, who may neither give files away nor make
devices; fakeroot is told what they are, and the script runs in a user namespace with that tree as /.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from ..documents.fields import ExactFields
from ..images.recipe import Recipe, read_recipe
from ..images.root_file_system import root_file_system
from ..layers.members import layer_members
from ..layers.tar import write_tree
from ..oci.model import Platform
from ..oci.platform import on_base
from ..outputs import named_file
from ..scripts.database import with_database, without_found
from ..scripts.root import SEARCH_PATH, ScriptedRoot, make_root, without_our_store_paths
from ..scripts.runner import Script, run_in_chroot
from ..trees.changes import layer_of_changes
from ..trees.fakeroot import recorded_tree, write_record
from ..trees.merge import merge, place
from ..trees.restored import with_xattrs
from ..trees.tree import Entry, Owner, Tree, sorted_entries
from ..trees.unpack import unpack
from ..trees.whiteouts import check_scripts_names
from .attributes import Graphs

_SPARE_FILES = 64  # what this process, and the programs it starts, open besides directories


@dataclass(frozen=True, slots=True)
class Spec:
    """base: recipe, or None. architecture: GOARCH, which the base has to be for. run_as_root: bash code."""

    root: ScriptedRoot
    base: str | None
    architecture: str
    run_as_root: str

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        base, architecture = fields.optional_text("base"), fields.text("architecture")
        return cls(ScriptedRoot.take(fields), base, architecture, fields.text("runAsRoot"))


class _State(NamedTuple):
    """What tells whether a file is still the one that it was: nothing can set back the time of its last change."""

    inode: int
    changed: int


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    given, root = spec.root, make_root()
    with layer_members() as members:
        base = without_our_store_paths(root_file_system(recipe.layers, members)) if (recipe := _read_base(spec)) else {}
        below = with_database({}, given.database, base)
        present = _with_trees(below, merge(given.trees, given.dirlinks), given.owner)
        unpack(present, root, least_mode=0o600)
    write_record(present, root, root + ".record")
    with _held_open(present, root):
        snapshot = _snapshot(present, root)
        left = without_found(recorded_tree(root, _run_scripts(spec, root)), given.database)
        now = _snapshot(left, root)
        after = with_xattrs(left, present, lambda path: _is_same(left[path], snapshot[path], now[path]))
    check_scripts_names(after, on_base=False)  # it sees the base, and can delete what is there

    def is_same_file(path: bytes) -> bool:
        if after[path].kind == "directory":  # the same one, whatever is in it
            return path in snapshot and snapshot[path].inode == now[path].inode
        # A symlink is what it says, and who moved it away for a mount point has put it back.
        is_untouched = after[path].kind == "symlink" or snapshot[path] == now[path]
        return present.get(path) is base[path] and is_untouched

    with named_file(out) as file:
        changes = layer_of_changes(base, after, is_same_file)
        write_tree(changes, given.owner, given.mtime, file.write)


def _read_base(spec: Spec) -> Recipe | None:
    if spec.base is None:
        return None
    recipe = read_recipe(spec.base)
    on_base(Platform(spec.architecture, "linux"), recipe.platform)  # else its programs fail, and say nothing of this
    return recipe


def _run_scripts(spec: Spec, root: str) -> bytes:
    as_root = Script(f'PATH="$PATH:{SEARCH_PATH}"\n{spec.run_as_root}', "runAsRoot", spec.root.shell)
    extra_commands = spec.root.extra_commands
    extra = [Script(extra_commands, "extraCommands", spec.root.shell)] if extra_commands else []
    # A kernel's clock tick has to lie between what was unpacked and what the script changes.
    time.sleep(0.02)
    return run_in_chroot([as_root, *extra], root, root + ".record", keep_tmp=True)


def _with_trees(base: Tree, trees: Tree, owner: Owner) -> Tree:
    """The base with the trees over it, which belong to the image's owner."""
    present = dict(base)
    for path, entry in sorted_entries(trees):
        place(present, path, replace(entry, owner=entry.owner or owner))
    return present


@contextmanager
def _held_open(tree: Tree, root: str) -> Iterator[None]:
    """Hold the directories of a tree open, so that none made meanwhile gets the inode number of one removed.

    Else, on ext4 for one, a directory that the script replaced looks like the same one, or not, as it happens.
    Where there are more than this process may open, only the first ones are held.
    """
    directories = [path for path, entry in sorted_entries(tree) if entry.kind == "directory"]
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(len(directories) + _SPARE_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(few, wanted), most))
    with ExitStack() as held:
        for path in directories[: wanted - _SPARE_FILES]:
            held.callback(os.close, os.open(os.path.join(os.fsencode(root), path), os.O_PATH))
        yield


def _is_same(entry: Entry, before: _State, now: _State) -> bool:
    """Whether an entry is the one that it was, a directory whatever is in it now."""
    return before.inode == now.inode if entry.kind == "directory" else before == now


def _snapshot(tree: Tree, root: str) -> dict[bytes, _State]:
    states = {}
    for path in tree:
        status = os.lstat(os.path.join(os.fsencode(root), path))
        states[path] = _State(status.st_ino, status.st_ctime_ns)
    return states
