"""Step `locked-image`: the recipe of an image that a lock file pins.

Spec: lock (the file's value), name, tag, blobs (digest -> path, for the config and each layer).
Output: a directory with image.json, whose layers are the blobs; it keeps manifest and config as the registry has them.
"""

from __future__ import annotations

import os

from ..bases.blobs import BlobFiles, BlobImage
from ..images.foreign import foreign_recipe
from ..images.recipe import write_recipe
from ..registries.lock import Lock
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    lock = Lock.from_json(spec["lock"], "the lock file")
    blobs = BlobFiles(spec["blobs"])
    recipe = foreign_recipe(spec["name"], spec["tag"], BlobImage.read(lock.manifest, lock.reference, blobs), blobs)
    os.mkdir(attributes.out)
    write_recipe(recipe, attributes.out + "/image.json")
