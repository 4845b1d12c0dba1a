"""Step `root-tree`: what goes to `/`, changed by the user's scripts, as a root tar.

Output: an uncompressed tar. Modes are those that the scripts left; everything belongs to the spec's owner, but where
fakeRootCommands are given to whom they gave it, else to root.
A script that fails is an error that names its argument and its exit status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..layers.tar import write_tree
from ..outputs import named_file
from ..scripts.database import with_database, without_found
from ..scripts.root import ScriptedRoot, make_root
from ..scripts.runner import Script, run_in_chroot, run_plain, run_under_fakeroot
from ..trees.fakeroot import recorded_tree, write_record
from ..trees.merge import merge
from ..trees.restored import restored, same_content, with_xattrs
from ..trees.tree import Tree, read_root
from ..trees.unfolded import folded
from ..trees.unpack import unpack
from ..trees.whiteouts import check_scripts_names
from .attributes import Graphs

_LEAST_MODE = 0o400  # so that what the scripts leave can be read


@dataclass(frozen=True, slots=True)
class Spec:
    """fake_root_commands: bash code, "" = none. stdenv: nixpkgs', which both scripts use; "" = none.

    on_base: whether the image has a base, of which the scripts may delete files, see `trees.whiteouts`.
    """

    root: ScriptedRoot
    fake_root_commands: str
    enable_fakechroot: bool
    debug: bool
    stdenv: str
    on_base: bool

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            root=ScriptedRoot.take(fields),
            fake_root_commands=fields.text("fakeRootCommands"),
            enable_fakechroot=fields.flag("enableFakechroot"),
            debug=fields.flag("debug"),
            stdenv=fields.text("stdenv"),
            on_base=fields.flag("onBase"),
        )


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    given, place = spec.root, make_root()
    tree = merge(given.trees, given.dirlinks)
    found = merge(given.trees, "unfold") if given.dirlinks == "link" else tree
    unpack(with_database(found, given.database), place, _LEAST_MODE)
    tree = folded(without_found(_run_scripts(spec, place, found), given.database), found, tree)
    check_scripts_names(tree, spec.on_base)
    with named_file(out) as file:
        write_tree(tree, given.owner, given.mtime, file.write)


def _run_scripts(spec: Spec, place: str, found: Tree) -> Tree:
    """What the scripts leave of the tree that they find."""

    def script(code: str, argument: str) -> Script:
        return Script(code, argument, spec.root.shell, spec.debug, spec.stdenv)

    if spec.root.extra_commands:
        run_plain(script(spec.root.extra_commands, "extraCommands"), place)
    left = restored(read_root(place), found, _LEAST_MODE)
    if not spec.fake_root_commands:
        return left
    record = _write_record(left, place)
    as_root = script(spec.fake_root_commands, "fakeRootCommands")
    if spec.enable_fakechroot:
        listing = run_in_chroot([as_root], place, record)
    else:
        listing = run_under_fakeroot(as_root, place, record)
    after = recorded_tree(place, listing)
    return with_xattrs(after, left, lambda path: same_content(after[path], found[path]))


def _write_record(tree: Tree, place: str) -> str:
    """Write down who owns what the trees recorded an owner of; "" where nothing is recorded: it is root's then."""
    recorded = {path: entry for path, entry in tree.items() if entry.is_recorded}
    if not recorded:
        return ""
    write_record(recorded, place, f"{place}.record")
    return f"{place}.record"
