"""Step `root-tree`: what goes to `/`, changed by the user's scripts, as a root tar.

Spec: trees [directories] and dirlinks (see `trees.merge.merge`), owner {uid, gid, uname, gname}, mtime,
    extraCommands and fakeRootCommands (bash code, "" = none), enableFakechroot, debug, shell (path of bash),
    stdenv (nixpkgs', which both scripts use; "" = none),
    database (which the scripts find, see `scripted_database`; null = none),
    onBase (whether the image has a base, of which the scripts may delete files: see `trees.whiteouts`).
Output: an uncompressed tar. Modes are those that the scripts left; everything belongs to `owner`, but where
    fakeRootCommands are given to whom they gave it, else to root.
A script that fails is an error that names its argument and its exit status.
"""

from __future__ import annotations

import os
from typing import Any

from ..layers.tar import write_tree
from ..oci.timestamp import seconds
from ..outputs import named_file
from ..scripts.database import with_database, without_found
from ..scripts.runner import Script, run_in_chroot, run_plain, run_under_fakeroot
from ..trees.fakeroot import recorded_tree
from ..trees.merge import merge
from ..trees.tree import Tree, owner_from_json, read_root
from ..trees.unfolded import folded
from ..trees.unpack import unpack
from ..trees.whiteouts import check_scripts_names
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    root = os.path.abspath("root")
    os.umask(0o022)
    os.mkdir(root)
    tree = merge(spec["trees"], spec["dirlinks"])
    found = merge(spec["trees"], "unfold") if spec["dirlinks"] == "link" else tree
    unpack(with_database(found, spec["database"]), root)
    tree = folded(without_found(_run_scripts(spec, root), spec["database"]), found, tree)
    check_scripts_names(tree, spec.get("onBase", False))
    with named_file(attributes.out) as file:
        write_tree(tree, owner_from_json(spec["owner"]), seconds(spec["mtime"], "mtime"), file.write)


def _run_scripts(spec: dict[str, Any], root: str) -> Tree:
    def script(argument: str) -> Script:
        return Script(spec[argument], argument, spec["shell"], spec["debug"], spec["stdenv"])

    if spec["extraCommands"]:
        run_plain(script("extraCommands"), root)
    if not spec["fakeRootCommands"]:
        return read_root(root)
    as_root = script("fakeRootCommands")
    listing = run_in_chroot([as_root], root) if spec["enableFakechroot"] else run_under_fakeroot(as_root, root)
    return recorded_tree(root, listing)
