"""Images as a bill of materials describes them: from a recipe, from the plan of one, or from an image opened."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

from ...images.recipe import Recipe
from ...layers.members import layer_members
from ...layers.source import ArchiveSource, BlobSource, StoreSource, TarSource
from ...oci.digest import digest_of
from ...store.closure import PathInfo
from ...store.nar import base32_hash
from ...store.place import STORE, holder
from ..opened.contents import read_contents
from ..opened.model import OpenedImage
from .model import DescribedImage, PlacedPath

Infos = Mapping[str, PathInfo]
Copied = Mapping[str, str]
"""Tree whose content is at `/` of an image → the root that has it, among those of a layer's source."""

Layers = Mapping[str, str | None]
"""Store path → the diff ID of its layer, where that is known."""


def described_recipe(
    recipe: Recipe, tag: str | None, infos: Infos, wanted: Collection[str], copied: Copied
) -> DescribedImage:
    """Describe an image that is built.

    infos: what Nix knows about its store paths. wanted: those that it had to have, whether its base holds them or not.
    """
    layers = tuple(layer.diff_id for layer in recipe.layers)
    return DescribedImage(
        recipe.name,
        tag or recipe.tag,
        recipe.created,
        recipe.config,
        _placed(_layers_of_paths(recipe), infos, _claimed(recipe) - set(wanted), _layers_of_trees(recipe, copied)),
        layers,
        digest_of(recipe.oci_config()),
        _is_based(recipe),
    )


def described_plan(
    name: str,
    tag: str | None,
    config: Mapping[str, object],
    own: Infos,
    base: Recipe | None,
    below: Infos,
    copied: Copied,
) -> DescribedImage:
    """Describe an image before it is built, when the diff IDs of its base alone are known.

    own: all that its layers and those of its base have to hold. below: what Nix knows of the base's store paths.
    """
    layers = dict.fromkeys(own) | (_layers_of_paths(base) if base else {})
    trees = _layers_of_trees(base, copied) if base else {holder(tree): None for tree in copied}
    claimed = _claimed(base) - own.keys() if base else frozenset()
    placed = _placed(layers, {**below, **own}, claimed, trees)
    return DescribedImage(name, tag, "", config, placed, is_based=base is not None and _is_based(base))


def described_image(image: OpenedImage) -> DescribedImage:
    """Describe a finished image, of which no expression is known. image: opened with `Wanted.PATHS | Wanted.GRAPH`."""
    layers = tuple(layer.diff_id for layer in image.layers)
    placed = (
        PlacedPath(
            path.path,
            None if path.layer is None else layers[path.layer],
            path.nar_hash,
            path.nar_size,
            path.references,
        )
        for path in image.paths or ()
    )
    return DescribedImage(
        image.name or os.path.basename(image.source),
        image.tag,
        image.created or "",
        image.config,
        tuple(placed),
        layers,
        image.config_digest,
        is_based=image.kind != "recipe" or any(layer.from_base for layer in image.layers),
        phase="post-build",
    )


def _layers_of_paths(recipe: Recipe) -> dict[str, str | None]:
    """Store path of an image → the diff ID of its layer; None where a base's layer does not show it."""
    held: dict[str, str | None] = {f"{STORE}/{name}": None for name in recipe.base_holds}
    if held:
        foreign = [layer for layer in recipe.layers if isinstance(layer.source, ArchiveSource | BlobSource)]
        with layer_members() as members:
            found = read_contents(foreign, members).layer_of
        held |= {path: foreign[number].diff_id for path, number in found.items() if path in held}
    for layer in recipe.layers:
        if isinstance(layer.source, StoreSource | TarSource):
            held |= dict.fromkeys(layer.source.paths, layer.diff_id)
    return held


def _layers_of_trees(recipe: Recipe, copied: Copied) -> dict[str, str | None]:
    """Store path of a tree → the diff ID of the layer that has its content at `/`."""
    sources = ((layer.source, layer.diff_id) for layer in recipe.layers)
    roots = {root: diff_id for source, diff_id in sources if isinstance(source, StoreSource) for root in source.root}
    return {holder(tree): roots.get(root) for tree, root in copied.items()}


def _claimed(recipe: Recipe) -> frozenset[str]:
    """The store paths that a base from elsewhere says it has. One that our layers hold, too, had another content there.

    One that the image had to have, and that our layers do not hold, is what it says: its content was compared.
    """
    ours = (layer.source.paths for layer in recipe.layers if isinstance(layer.source, StoreSource | TarSource))
    return frozenset(f"{STORE}/{name}" for name in recipe.base_holds).difference(*ours)


def _placed(paths: Layers, infos: Infos, claimed: Collection[str], trees: Layers) -> tuple[PlacedPath, ...]:
    """All store paths of an image, where they are themselves, and where only their content is."""
    everywhere = {**trees, **paths}
    return tuple(
        PlacedPath(path, everywhere[path], is_claimed=True)
        if path in claimed
        else _placed_path(path, everywhere[path], infos.get(path), everywhere, path in trees)
        for path in sorted(everywhere)
    )


def _placed_path(
    path: str, layer: str | None, info: PathInfo | None, inside: Collection[str], is_copied: bool
) -> PlacedPath:
    if info is None:
        return PlacedPath(path, layer, is_copied=is_copied)
    references = tuple(one for one in info.references if one in inside and one != path)
    nar_hash = base32_hash(info.nar_hash) if info.nar_hash else None
    return PlacedPath(path, layer, nar_hash, info.nar_size, references, is_copied)


def _is_based(recipe: Recipe) -> bool:
    return any(isinstance(layer.source, ArchiveSource | BlobSource) for layer in recipe.layers)
