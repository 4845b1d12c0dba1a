"""Recipes of images from elsewhere: their config as it is, their layers as they are kept."""

from __future__ import annotations

from collections.abc import Iterable

from ..image import Layer, Recipe, Verbatim, empty_history
from ..layers.parents import ParentLayers
from ..layers.source import Source
from ..oci.model import ImageConfig


def foreign_layers(config: ImageConfig, parents: ParentLayers, sources: Iterable[Source]) -> tuple[Layer, ...]:
    """The layers with the history that each has. parents: what `read_parents` found them to be."""
    own_entries = [entry for entry in config.full_history() if not entry.empty_layer]
    return tuple(
        Layer(layer.diff_id, layer.size, layer.media_type, entry, source)
        for layer, entry, source in zip(parents.layers, own_entries, sources, strict=True)
    )


def foreign_recipe(
    name: str,
    tag: str | None,
    config: ImageConfig,
    parents: ParentLayers,
    sources: Iterable[Source],
    verbatim: Verbatim | None = None,
) -> Recipe:
    """The recipe of an image whose layers, the lowest first, are kept at `sources`."""
    return Recipe(
        name=name,
        tag=tag,
        platform=config.platform,
        created=config.created or "1970-01-01T00:00:01Z",
        config=dict(config.config),
        layers=foreign_layers(config, parents, sources),
        empty_history=empty_history(config.full_history()),
        base_holds=parents.holds,
        verbatim=verbatim,
    )
