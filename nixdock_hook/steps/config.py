"""Step `config`: an image's config as a file.

Spec: {"config": OBJECT}, which nix/internal/checked-config.nix has checked. Output: the object as canonical JSON.
"""

from __future__ import annotations

from ..documents import canonical_json
from ..outputs import named_file
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    with named_file(attributes.out) as file:
        file.write(canonical_json.dump(attributes.spec["config"]) + b"\n")
