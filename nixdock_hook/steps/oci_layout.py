"""Step `oci-layout`: a recipe as an OCI image layout with compressed layers.

Spec: recipe, tag (null: the hash part of the output's store path), compression ("gzip", "zstd").
Output: the directory.
"""

from __future__ import annotations

from ..image import read_recipe
from ..sinks.layout import write_oci_layout
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    recipe = read_recipe(attributes.spec["recipe"])
    repo_tag = f"{recipe.name}:{attributes.tag()}"
    write_oci_layout(recipe, repo_tag, attributes.out, attributes.spec["compression"])
