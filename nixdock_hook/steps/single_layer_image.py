"""Step `single-layer-image`: the recipe of an image with one new layer, on a base or on nothing; with more on request.

Spec, graph and output: see `new_image`; and maxLayers: 1 for one new layer on what is below, more for the whole
image's as in `layered-image`; and hints (see `layers.planner.Hints`).
"""

from __future__ import annotations

from ..layers.planner import checked_max_layers
from .attributes import Attributes
from .new_image import NewImage


def run(attributes: Attributes) -> None:
    image = NewImage(attributes)
    missing = image.missing_paths()
    if checked_max_layers(attributes.spec["maxLayers"]) == 1:
        image.write([image.root_layer(missing)])
    else:
        image.write([*map(image.store_layer, image.planned(missing)), image.root_layer()])
