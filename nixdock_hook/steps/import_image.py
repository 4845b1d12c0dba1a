"""Step `import-image`: the recipe of a base image that others made, in any form that `bases.base` knows.

Output: a directory with image.json, whose layers are members of the archive, or files of the directory, verbatim.
Every layer is checked against its diff ID in the config; `bases.base` says what else can be wrong.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self

from ..bases.base import open_base
from ..documents.fields import ExactFields
from ..images.base_recipe import base_recipe
from ..images.recipe import write_recipe
from ..oci.reference import Reference
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    """archive: path of a tar, plain or compressed, or of a directory. name, tag: which image of several, or None.

    architecture: GOARCH, which image of a layout for several platforms.
    """

    archive: str
    name: str | None
    tag: str | None
    architecture: str

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        name, tag = fields.optional_text("name"), fields.optional_text("tag")
        return cls(fields.text("archive"), name, tag, fields.text("architecture"))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    with open_base(spec.archive) as base:
        image = base.reader.pick(spec.name, spec.tag, spec.architecture)
        reference = Reference.split(image.repo_tag)
        recipe = base_recipe(reference.name, reference.tag, image, base.files)
    os.mkdir(out)
    write_recipe(recipe, out + "/image.json")
