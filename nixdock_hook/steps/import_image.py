"""Step `import-image`: the recipe of a base image that came as a docker-archive or an OCI layout.

Spec: archive (path of a tar, plain or compressed with gzip or zstd, or of a layout's directory), name and tag (null, or
    which image of several), architecture (GOARCH, which image of a layout for several platforms).
Output: a directory with image.json, whose layers are members of the archive, or blobs of the layout, verbatim.
Every layer is checked against its diff ID in the config; `oci.archive` and `oci.layout` say what else can be wrong.
"""

from __future__ import annotations

import os

from ..image import Recipe, write_recipe
from ..layers.parents import read_parents
from ..layers.source import ArchiveSource
from ..oci.archive import Archive, ArchivedImage, open_archive
from ..oci.layout import is_layout, read_layout
from .attributes import Attributes
from .blob_image import blob_recipe
from .foreign_recipe import foreign_recipe


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
        own_name, _, own_tag = (image.repo_tags or ("base:latest",))[0].rpartition(":")
        sources = archive_sources(archive, image)
        return foreign_recipe(own_name, own_tag, image.config, read_parents(archive, image), sources)


def archive_sources(archive: Archive, image: ArchivedImage) -> list[ArchiveSource]:
    """The layers of an image as members of its archive, verbatim."""
    return [ArchiveSource(archive.path, member) for member in image.layers]
