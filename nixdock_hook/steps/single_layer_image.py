"""Step `single-layer-image`: the recipe of an image with one new layer, on a base or on nothing; with more on request.

Graph `closure`: see `images.new_image.NewImage`; not there where the image shall hold no store paths.
Output: a directory with image.json.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..errors import InvalidInput
from ..images.new_image import ImageSpec, NewImage
from ..layers.planner import Hints, checked_max_layers
from ..messages import warn
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    """max_layers: 1 = one new layer on what is below; more = the most of the whole image, as in `layered-image`."""

    image: ImageSpec
    max_layers: int
    hints: Hints

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        max_layers = fields.converted("maxLayers", checked_max_layers, 1)
        return cls(ImageSpec.take(fields), max_layers, fields.converted("hints", Hints.from_json, Hints()))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    if spec.max_layers < 1:
        raise InvalidInput(f"maxLayers = {spec.max_layers}", "buildImage", "give it at least one layer")
    image = NewImage(spec.image, graphs.get("closure", ()))
    missing = image.missing_paths()
    if spec.max_layers == 1:
        layers = [image.root_layer(missing)]
    else:
        planned = image.planned(missing, spec.max_layers, spec.hints)
        layers = [*map(image.store_layer, planned), image.root_layer()]
    image.write(layers, out, warn)
