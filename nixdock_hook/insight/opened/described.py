"""A recipe as an opened image: what it says itself, and what is wanted of its content."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from ...images.recipe import Recipe
from ...layers.source import ArchiveSource, BlobSource, Layer
from ...oci.model import Descriptor
from .model import ImageLayer, OpenedImage, Wanted
from .store_paths import StorePaths


def described(recipe: Recipe, source: str, kind: str) -> OpenedImage:
    """Return what a recipe itself says."""
    of_others = [isinstance(layer.source, ArchiveSource | BlobSource) for layer in recipe.layers]
    is_based = kind == "recipe" and not all(of_others)
    layers = tuple(
        ImageLayer(layer.diff_id, layer.size, layer.history.created_by or "", _blob(layer), is_based and from_base)
        for layer, from_base in zip(recipe.layers, of_others, strict=True)
    )
    return OpenedImage(
        source=source,
        kind=kind,
        name=recipe.name,
        tag=recipe.tag,
        platform=recipe.platform,
        created=recipe.created or None,
        config=recipe.config,
        layers=layers,
        annotations=recipe.annotations,
    )


def _blob(layer: Layer) -> Descriptor | None:
    source = layer.source
    return Descriptor(layer.media_type, source.digest, source.size) if isinstance(source, BlobSource) else None


def with_store_paths(image: OpenedImage, recipe: Recipe, wanted: Wanted, stack: ExitStack) -> OpenedImage:
    """Add what is wanted of the image's content, which can be read until the end of the stack."""
    if not wanted:
        return image
    deep = bool(wanted & (Wanted.GRAPH | Wanted.FILES))
    found = StorePaths(recipe, stack, deep)
    if Wanted.FILES in wanted:
        image = replace(image, contents=found.contents)
    if Wanted.GRAPH in wanted:
        return replace(image, paths=found.with_references, roots=found.roots())
    return replace(image, paths=found.paths())
