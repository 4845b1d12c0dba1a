"""The graph `closure` of a step that makes an image or a part of one."""

from __future__ import annotations

from ..images.closure import ImageClosure, image_closure
from ..store.closure import parse_structured
from .attributes import Attributes


def read_closure(attributes: Attributes) -> ImageClosure:
    """Read the graph `closure`: of the spec's root and config, see `new_image`."""
    spec, graph = attributes.spec, parse_structured(attributes.graphs.get("closure", []))
    return image_closure(graph, spec["root"], spec["config"], links=spec["dirlinks"] == "link")
