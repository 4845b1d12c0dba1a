"""Step `export-image`: the root file system that an image's containers see, as one plain tar.

Output: an uncompressed tar with members `./`, `./bin/…` in the order of `tar --sort=name`. Owners, modes, times and
extended attributes are those of the layers, and so are hard links.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..images.recipe import read_recipe
from ..images.root_file_system import root_file_system
from ..layers.members import layer_members
from ..layers.tar import write_tree
from ..sinks.docker_archive import archive_file
from ..trees.tree import Owner, Tree
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    recipe: str

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(fields.text("recipe"))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    recipe = read_recipe(spec.recipe)
    with layer_members() as members, archive_file(out, "none") as file:
        # Every entry has an owner and a time of its own: these two are not used.
        write_tree(_named(root_file_system(recipe.layers, members)), Owner(), 1, file.write)


def _named(tree: Tree) -> Tree:
    """Paths as `tar -C ROOT .` writes them."""
    return {b"./" + path if path else b".": entry for path, entry in tree.items()}
