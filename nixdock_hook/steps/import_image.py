"""Step `import-image`: the recipe of a base image that came from elsewhere, in any form that `bases.base` knows.

Spec: archive (path of a tar, plain or compressed, or of a directory), name and tag (null, or which image of several),
    architecture (GOARCH, which image of a layout for several platforms).
Output: a directory with image.json, whose layers are members of the archive, or files of the directory, verbatim.
Every layer is checked against its diff ID in the config; `bases.base` says what else can be wrong.
"""

from __future__ import annotations

import os

from ..bases.base import open_base
from ..images.foreign import foreign_recipe
from ..images.recipe import write_recipe
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    with open_base(spec["archive"]) as base:
        image = base.reader.pick(spec["name"], spec["tag"], spec["architecture"])
        name, _, tag = image.repo_tag.rpartition(":")
        recipe = foreign_recipe(name, tag, image, base.files)
    os.mkdir(attributes.out)
    write_recipe(recipe, attributes.out + "/image.json")
