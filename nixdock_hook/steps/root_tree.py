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
from ..trees.fakeroot import recorded_tree
from ..trees.merge import merge
from ..trees.tree import Tree, read_root
from ..trees.unfolded import folded
from ..trees.unpack import unpack
from ..trees.whiteouts import check_scripts_names
from .attributes import Graphs


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
    unpack(with_database(found, given.database), place)
    tree = folded(without_found(_run_scripts(spec, place), given.database), found, tree)
    check_scripts_names(tree, spec.on_base)
    with named_file(out) as file:
        write_tree(tree, given.owner, given.mtime, file.write)


def _run_scripts(spec: Spec, place: str) -> Tree:
    def script(code: str, argument: str) -> Script:
        return Script(code, argument, spec.root.shell, spec.debug, spec.stdenv)

    if spec.root.extra_commands:
        run_plain(script(spec.root.extra_commands, "extraCommands"), place)
    if not spec.fake_root_commands:
        return read_root(place)
    as_root = script(spec.fake_root_commands, "fakeRootCommands")
    listing = run_in_chroot([as_root], place) if spec.enable_fakechroot else run_under_fakeroot(as_root, place)
    return recorded_tree(place, listing)
