"""Step `import-image`: the recipe of a base image that came as a docker-archive.

Spec: archive (path of a tar, plain or compressed with gzip or zstd), name and tag (null, or which image of several).
Output: a directory with image.json, whose layers are members of the archive, verbatim.
Every layer's digest is checked against the image's config; see `oci.archive` for what else can be wrong.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..image import EmptyHistory, Layer, Recipe, write_recipe
from ..layers.parents import ParentLayers, read_parents
from ..layers.source import ArchiveSource
from ..oci.archive import Archive, ArchivedImage, open_archive
from ..oci.model import History
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    with open_archive(spec["archive"]) as archive:
        image = archive.pick(spec["name"], spec["tag"])
        recipe = _recipe(archive, image, read_parents(archive, image))
    os.mkdir(attributes.out)
    write_recipe(recipe, attributes.out + "/image.json")


def _recipe(archive: Archive, image: ArchivedImage, parents: ParentLayers) -> Recipe:
    name, _, tag = (image.repo_tags or ("base:latest",))[0].rpartition(":")
    return Recipe(
        name=name,
        tag=tag,
        platform=image.config.platform,
        created=image.config.created or "1970-01-01T00:00:01Z",
        config=dict(image.config.config),
        layers=archived_layers(archive, image, parents),
        empty_history=empty_history(image.config.full_history()),
        base_holds=parents.holds,
    )


def archived_layers(archive: Archive, image: ArchivedImage, parents: ParentLayers) -> tuple[Layer, ...]:
    """The layers of an image as members of its archive, verbatim. parents: what `read_parents` found them to be."""
    own_entries = [entry for entry in image.config.full_history() if not entry.empty_layer]
    return tuple(
        Layer(layer.diff_id, layer.size, layer.media_type, entry, ArchiveSource(archive.path, member))
        for layer, entry, member in zip(parents.layers, own_entries, image.layers, strict=True)
    )


def empty_history(history: Iterable[History]) -> tuple[EmptyHistory, ...]:
    """The entries of a config's history that made no layer, each with its place among the layers."""
    layers, empty = 0, []
    for entry in history:
        if entry.empty_layer:
            empty.append(EmptyHistory(layers, entry))
        else:
            layers += 1
    return tuple(empty)
