"""Step `single-layer-image`: the recipe of an image with one new layer, on a base or on nothing.

Graph `closure`: see `images.new_image.NewImage`; not there where the image shall hold no store paths.
Output: a directory with image.json.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..images.new_image import ImageSpec, NewImage
from ..messages import warn
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    image: ImageSpec

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(ImageSpec.take(fields))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    image = NewImage(spec.image, graphs.get("closure", ()))
    image.write([image.root_layer(image.missing_paths())], out, warn)
