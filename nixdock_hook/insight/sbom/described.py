"""Images as a bill of materials describes them: from a recipe, from the plan of one, or from an image opened."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping

from ...images.recipe import Recipe
from ...layers.members import layer_members
from ...layers.source import ArchiveSource, BlobSource, StoreSource, TarSource
from ...oci.digest import digest_of
from ...store.closure import PathInfo
from ...store.nar import base32_hash
from ..opened.contents import read_contents
from ..opened.model import OpenedImage
from .model import DescribedImage, PlacedPath

Infos = Mapping[str, PathInfo]


def described_recipe(recipe: Recipe, tag: str | None, infos: Infos, copied: Collection[str]) -> DescribedImage:
    """Describe an image that is built.

    infos: what Nix knows about its store paths. copied: trees whose content is at `/` of the image.
    """
    layers = tuple(layer.diff_id for layer in recipe.layers)
    return DescribedImage(
        recipe.name,
        tag or recipe.tag,
        recipe.created,
        recipe.config,
        _placed(_layers_of_paths(recipe), infos, map(_store_path, copied)),
        layers,
        digest_of(recipe.oci_config()),
        _is_based(recipe),
    )


def described_plan(
    name: str,
    tag: str | None,
    config: Mapping[str, object],
    infos: Infos,
    base: Recipe | None,
    copied: Collection[str],
) -> DescribedImage:
    """Describe an image before it is built, when the diff IDs of its base alone are known.

    infos: all that its own layers will hold, and maybe more, of which its base is.
    """
    layers = dict.fromkeys(infos) | (_layers_of_paths(base) if base else {})
    placed = _placed(layers, infos, map(_store_path, copied))
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
    held: dict[str, str | None] = {f"/nix/store/{name}": None for name in recipe.base_holds}
    if held:
        foreign = [layer for layer in recipe.layers if isinstance(layer.source, ArchiveSource | BlobSource)]
        with layer_members() as members:
            found = read_contents(foreign, members).layer_of
        held |= {path: foreign[number].diff_id for path, number in found.items() if path in held}
    for layer in recipe.layers:
        if isinstance(layer.source, StoreSource | TarSource):
            held |= dict.fromkeys(layer.source.paths, layer.diff_id)
    return held


def _placed(layers: Mapping[str, str | None], infos: Infos, copied: Iterable[str]) -> tuple[PlacedPath, ...]:
    everywhere = set(copied)
    paths = sorted(layers.keys() | everywhere)
    return tuple(_placed_path(path, layers.get(path), infos.get(path), layers, path in everywhere) for path in paths)


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


def _store_path(path: str) -> str:
    """The store path that a path of the store is at or below."""
    return "/".join(path.split("/")[:4])
