"""Layers of buildLayer under the layers that an image adds itself: each store path once, nothing hashed again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..layers.base_layers import Held, subtract
from ..layers.source import Layer, StoreSource, TarSource
from ..layers.workers import hash_layers
from ..trees.identity import path_digest
from .recipe import read_layers


def read_shared_layers(outputs: Iterable[str], held: Held) -> list[Layer]:
    """Return the layers of these buildLayer results, nested ones first, without what is `held` below them already.

    A layer that several results bring comes once. One that shares store paths with another layer, which it was not
    told of, loses them here, and only such a layer has to be hashed again.
    """
    layers: list[Layer] = []
    present = dict(held)
    for layer in dict.fromkeys(layer for output in outputs for layer in read_layers(output)):
        rest = _without(layer, present)
        if rest is not None:
            layers.append(rest)
            present |= dict.fromkeys(store_paths([rest]))
    return layers


def store_paths(layers: Iterable[Layer]) -> list[str]:
    """Return the store paths that layers of ours hold."""
    sources = [layer.source for layer in layers]
    return [path for source in sources if isinstance(source, StoreSource | TarSource) for path in source.paths]


def _without(layer: Layer, held: Held) -> Layer | None:
    """The layer without what is held; None where nothing is left of it. One that is kept as a tar stays whole."""
    source = layer.source
    if not isinstance(source, StoreSource):
        return layer
    paths = subtract(source.paths, held, path_digest)
    if paths == source.paths:
        return layer
    source = replace(source, paths=paths)
    if not source.paths and not source.root:
        return None
    [(diff_id, size)] = hash_layers([source])
    return replace(layer, source=source, diff_id=diff_id, size=size)
