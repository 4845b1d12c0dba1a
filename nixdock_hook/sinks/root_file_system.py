"""The root file system of an image, without its layers."""

from __future__ import annotations

from ..images.recipe import Recipe
from ..images.root_file_system import RootFileSystem
from ..layers.members import LayerMembers
from ..trees.tree import Tree


def root_file_system(recipe: Recipe, members: LayerMembers) -> Tree:
    """All that a container of the image sees; the entry of `/` itself is b"". Readable as long as `members` is open."""
    root = RootFileSystem()
    for layer in recipe.layers:
        root.apply(members.of(layer.source, (layer.diff_id, layer.size)), layer.where())
    return root.tree()
