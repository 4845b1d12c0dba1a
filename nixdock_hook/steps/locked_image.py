"""Step `locked-image`: the recipe of an image that a lock file pins.

Spec: lock (the file's value), name, tag, blobs (digest -> path, for the config and each layer).
Output: a directory with image.json, whose layers are the blobs; it keeps manifest and config as the registry has them.
"""

from __future__ import annotations

import os

from ..image import write_recipe
from ..oci.blobs import BlobFiles
from ..oci.lock import Lock
from .attributes import Attributes
from .blob_image import blob_recipe


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    lock = Lock.from_json(spec["lock"], "the lock file")
    recipe = blob_recipe(spec["name"], spec["tag"], lock.read_manifest(), lock.manifest, BlobFiles(spec["blobs"]))
    os.mkdir(attributes.out)
    write_recipe(recipe, attributes.out + "/image.json")
