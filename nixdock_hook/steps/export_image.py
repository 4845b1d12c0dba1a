"""Step `export-image`: the root file system that an image's containers see, as one plain tar.

Spec: recipe. Output: an uncompressed tar with members `./`, `./bin/…` in the order of `tar --sort=name`. Owners,
modes, times and extended attributes are those of the layers; hard links are written as copies.
"""

from __future__ import annotations

import os

from ..image import Recipe, read_recipe
from ..layers.flatten import RootFileSystem
from ..layers.members import LayerMembers, layer_members
from ..layers.source import Owner
from ..layers.tar import write_tree
from ..layers.tree import Tree
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    recipe = read_recipe(attributes.spec["recipe"])
    partial = attributes.out + ".new"
    with layer_members() as members, open(partial, "wb") as file:
        # Owner and time are those of the entries: all that come from layers have their own.
        write_tree(_named(_flat(recipe, members)), Owner(), 1, file.write)
    os.replace(partial, attributes.out)


def _flat(recipe: Recipe, members: LayerMembers) -> Tree:
    root = RootFileSystem()
    for layer in recipe.layers:
        root.apply(members.of(layer.source, (layer.diff_id, layer.size)), f"layer {layer.diff_id}")
    return root.tree()


def _named(tree: Tree) -> Tree:
    """Paths as `tar -C ROOT .` writes them."""
    return {b"./" + path if path else b".": entry for path, entry in tree.items()}
