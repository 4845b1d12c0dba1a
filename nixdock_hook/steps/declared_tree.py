"""Step `declared-tree`: what a user declared (accounts, directories, files, symlinks, capabilities), as a root tar.

Output: an uncompressed tar with the declared entries, and with the directories that they are in as base and trees have
them. No script is run, and nothing is unpacked but a base's layers.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..images.declarations import Declared
from ..images.declared import declared_tree
from ..images.recipe import read_layers, read_recipe
from ..images.root_file_system import root_file_system
from ..layers.members import layer_members
from ..layers.perms import Perm, compile_perms, perms_from_json, with_perms
from ..layers.tar import write_tree
from ..oci.timestamp import checked_mtime
from ..outputs import named_file
from ..trees.merge import DIRLINKS, Dirlinks, merge, place
from ..trees.tree import Owner, owner_from_json, sorted_entries
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    """trees: what else goes to `/`. perms: of their files, which stay those of what is taken from them.

    owner, mtime: of the layer. base: recipe, or None. layers: as in `ImageSpec`.
    """

    declared: Declared
    trees: tuple[str, ...]
    perms: tuple[Perm, ...]
    dirlinks: Dirlinks
    owner: Owner
    mtime: int
    base: str | None
    layers: tuple[str, ...]

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            declared=Declared.take(fields.inner("declared")),
            trees=fields.texts("trees"),
            perms=perms_from_json(fields.values("perms")),
            dirlinks=fields.word("dirlinks", DIRLINKS),
            owner=fields.converted("owner", owner_from_json, Owner()),
            mtime=fields.converted("mtime", checked_mtime, 1),
            base=fields.optional_text("base"),
            layers=fields.texts("layers"),
        )


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    content = os.path.abspath("content")
    os.mkdir(content)
    with layer_members() as members:
        base = read_recipe(spec.base).layers if spec.base else ()
        shared = (layer for output in spec.layers for layer in read_layers(output))
        there = root_file_system([*base, *shared], members)
        there.pop(b"", None)
        rules = compile_perms(spec.perms)
        for path, entry in sorted_entries(merge(spec.trees, spec.dirlinks)):
            is_link = entry.kind == "symlink"  # whose owner nobody reads, and which stays the tree's
            place(there, path, entry if is_link else with_perms(entry, entry.origin[0], spec.owner, rules))
        tree = declared_tree(spec.declared, there, content, spec.owner)
        with named_file(out) as file:
            write_tree(tree, spec.owner, spec.mtime, file.write)
