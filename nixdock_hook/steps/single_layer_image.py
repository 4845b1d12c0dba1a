"""Step `single-layer-image`: the recipe of an image with one new layer, on a base or on nothing.

Spec, graph and output: see `new_image`.
"""

from __future__ import annotations

from .attributes import Attributes
from .new_image import NewImage


def run(attributes: Attributes) -> None:
    image = NewImage(attributes)
    image.write([image.root_layer(image.missing_paths())])
