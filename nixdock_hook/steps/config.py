"""Step `config`: an image's config as a file. Output: the object as canonical JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from ..documents import canonical_json
from ..documents.fields import ExactFields
from ..outputs import named_file
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    """config: the object, which nix/internal/checked-config.nix has checked."""

    config: dict[str, Any]

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(fields.mapping("config"))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    with named_file(out) as file:
        file.write(canonical_json.dump(spec.config) + b"\n")
