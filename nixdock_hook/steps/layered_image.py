"""Step `layered-image`: the recipe of an image with many layers of store paths, and one for what goes to `/`.

Spec, graph and output: see `new_image`; and maxLayers (of the whole image) and hints (see `layers.planner.Hints`);
pipeline (null, or the operations of `layers.pipeline` that say which paths share a layer, as a list or a JSON file;
then maxLayers and hints do not count).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..documents import canonical_json
from ..documents.canonical_json import MOST_OF_OURS
from ..errors import InvalidImage, InvalidInput
from ..layers.pipeline import Part, run_pipeline
from .attributes import Attributes
from .new_image import NewImage

_WANTED = 'write it like [ [ "popularity_contest" ] [ "limit_layers" 50 ] ], or as a file with a JSON list'


def run(attributes: Attributes) -> None:
    image = NewImage(attributes)
    missing = image.missing_paths()
    if attributes.spec["pipeline"] is None:
        layers = image.planned(missing)
    else:
        operations = _read_pipeline(attributes.spec["pipeline"])
        layers = [layer for layer in _groups(operations, image, set(missing)) if layer]
    image.write([*(image.store_layer(sorted(layer)) for layer in layers), image.root_layer()])


def _groups(operations: Sequence[Any], image: NewImage, missing: Collection[str]) -> list[Part]:
    """What a pipeline makes of the closure, less what the layers below have."""
    return [tuple(path for path in group if path in missing) for group in run_pipeline(operations, image.closure)]


def _read_pipeline(given: object) -> Sequence[Any]:
    """The operations that a user gave: a list, or the path of a JSON file that holds one."""
    if not isinstance(given, str):
        operations, place = given, "layeringPipeline"
    else:
        place = given
        try:
            operations = canonical_json.read_file(given, _WANTED, MOST_OF_OURS)
        except OSError as error:
            raise InvalidInput(f"layeringPipeline cannot be read ({error.strerror})", given, _WANTED) from error
        except InvalidImage as error:
            raise InvalidInput(f"layeringPipeline is not JSON ({error.what})", given, _WANTED) from error
    if not isinstance(operations, list):
        raise InvalidInput("there is no list of operations", place, _WANTED)
    return operations
