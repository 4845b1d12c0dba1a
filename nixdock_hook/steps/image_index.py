"""Step `image-index`: recipes for several platforms under one name.

Spec: name, tag (or null), recipes [directories].
Output: a directory with `images.json` (see `image_index`).
"""

from __future__ import annotations

from ..images.index import write_index
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    write_index(spec["name"], spec["tag"], spec["recipes"], attributes.out)
