"""Step `layered-image`: the recipe of an image with a layer for each store path, and one for what goes to `/`.

Spec, graph and output: see `new_image`; and maxLayers (of the whole image), pipeline (null, or operations of
`layers.pipeline` that say which paths share a layer).
"""

from __future__ import annotations

from ..layers.pipeline import DEFAULT, limit_layers, run_pipeline
from ..layers.plan import checked_max_layers, room_for_store_layers
from .attributes import Attributes
from .new_image import NewImage


def run(attributes: Attributes) -> None:
    image = NewImage(attributes)
    spec, missing = attributes.spec, set(image.missing_paths())
    room = room_for_store_layers(checked_max_layers(spec["maxLayers"]), len(image.below), wanted=bool(missing))
    groups = run_pipeline(spec["pipeline"] or DEFAULT, image.closure)
    layers = limit_layers([tuple(path for path in group if path in missing) for group in groups], room)
    image.write([*(image.store_layer(sorted(layer)) for layer in layers), image.root_layer()])
