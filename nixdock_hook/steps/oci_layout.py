"""Step `oci-layout`: a recipe, or an index of several, as an OCI image layout with compressed layers.

Spec: recipe, tag (null: the hash part of the output's store path), compression ("gzip", "zstd").
Output: the directory.
"""

from __future__ import annotations

from ..images.index import read_image
from ..sinks.oci_layout import write_oci_layout
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    image = read_image(attributes.spec["recipe"])
    repo_tag = f"{image.name}:{attributes.tag()}"
    write_oci_layout(image, repo_tag, attributes.out, attributes.spec["compression"])
