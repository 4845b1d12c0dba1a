"""Step `layered-image`: the recipe of an image with many layers of store paths, and one for what goes to `/`.

Graph and output: as in `single-layer-image`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ..documents import canonical_json
from ..documents.canonical_json import MOST_OF_OURS
from ..documents.fields import ExactFields
from ..errors import InvalidImage, InvalidInput
from ..images.new_image import ImageSpec, NewImage
from ..layers.pipeline import Part, run_pipeline
from ..layers.planner import Hints, checked_max_layers
from ..messages import warn
from .attributes import Graphs

_WANTED = 'write it like [ [ "popularity_contest" ] [ "limit_layers" 50 ] ], or as a file with a JSON list'


@dataclass(frozen=True, slots=True)
class Spec:
    """max_layers: of the whole image. pipeline: the operations of `layers.pipeline` that say which paths share a layer,

    as a list or the path of a JSON file; then max_layers and hints do not count. None where there is none.
    """

    image: ImageSpec
    max_layers: int
    hints: Hints
    pipeline: Any

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        max_layers = fields.converted("maxLayers", checked_max_layers, 1)
        hints = fields.converted("hints", Hints.from_json, Hints())
        return cls(ImageSpec.take(fields), max_layers, hints, fields.value("pipeline"))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    image = NewImage(spec.image, graphs.get("closure", ()))
    missing = image.missing_paths()
    if spec.pipeline is None:
        layers = image.planned(missing, spec.max_layers, spec.hints)
    else:
        groups = _groups(_read_pipeline(spec.pipeline), image, set(missing))
        layers = [layer for layer in groups if layer]
    image.write([*(image.store_layer(sorted(layer)) for layer in layers), image.root_layer()], out, warn)


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
