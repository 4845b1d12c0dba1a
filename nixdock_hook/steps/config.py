"""Step `config`: an image's config as a file.

Spec: {"config": OBJECT}. Output: the object as canonical JSON. An `Env` that docker would refuse is an error.
"""

from __future__ import annotations

from ..errors import InvalidInput
from ..oci import canonical_json
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    config = attributes.spec["config"]
    env = config.get("Env") or []
    if not isinstance(env, list) or not all(isinstance(entry, str) for entry in env):
        raise InvalidInput("Env is not a list of strings", "config", 'write it as [ "NAME=value" … ]')
    with open(attributes.out, "wb") as file:
        file.write(canonical_json.dump(config) + b"\n")
