"""Step `locked-image`: the recipe of an image that a lock file pins.

Output: a directory with image.json, whose layers are the blobs; it keeps manifest and config as the registry has them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

from ..bases.blobs import BlobFiles, BlobImage
from ..documents.fields import ExactFields
from ..images.base_recipe import base_recipe
from ..images.recipe import write_recipe
from ..oci.model import Platform
from ..registries.lock import Lock
from .attributes import Graphs

_NO_LOCK = Lock("", Platform("", ""), None, "")


@dataclass(frozen=True, slots=True)
class Spec:
    """lock: what the lock file says. blobs: digest -> path, for the config and each layer."""

    lock: Lock
    name: str
    tag: str | None
    blobs: Mapping[str, str]

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        lock = fields.converted("lock", partial(Lock.from_json, where="the lock file"), _NO_LOCK)
        return cls(lock, fields.text("name"), fields.optional_text("tag"), fields.text_mapping("blobs"))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    blobs = BlobFiles(spec.blobs)
    image = BlobImage.read(spec.lock.manifest, spec.lock.reference, blobs)
    recipe = base_recipe(spec.name, spec.tag, image, blobs)
    os.mkdir(out)
    write_recipe(recipe, out + "/image.json")
