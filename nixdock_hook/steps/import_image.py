"""Step `import-image`: the recipe of a base image that came as a docker-archive or an OCI layout.

Spec: archive (path of a tar, plain or compressed with gzip or zstd, or of a layout's directory), name and tag (null, or
    which image of several), architecture (GOARCH, which image of a layout for several platforms).
Output: a directory with image.json, whose layers are members of the archive, or blobs of the layout, verbatim.
Every layer is checked against its diff ID in the config; `oci.archive` and `oci.layout` say what else can be wrong.
"""

from __future__ import annotations

import os

from ..image import Layer, Recipe, empty_history, write_recipe
from ..layers.parents import ParentLayers, read_parents
from ..layers.source import ArchiveSource
from ..oci.archive import Archive, ArchivedImage, open_archive
from ..oci.layout import is_layout, read_layout
from .attributes import Attributes
from .blob_image import blob_recipe


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    if is_layout(spec["archive"]):
        image = read_layout(spec["archive"], spec["name"], spec["tag"], spec["architecture"])
        name, _, tag = image.repo_tag.rpartition(":")
        recipe = blob_recipe(name, tag, image.manifest, image.manifest_text, image.blobs)
    else:
        recipe = _archive_recipe(spec["archive"], spec["name"], spec["tag"])
    os.mkdir(attributes.out)
    write_recipe(recipe, attributes.out + "/image.json")


def _archive_recipe(path: str, name: str | None, tag: str | None) -> Recipe:
    with open_archive(path) as archive:
        image = archive.pick(name, tag)
        return _recipe(archive, image, read_parents(archive, image))


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
