"""Step `image-index`: recipes for several platforms under one name. Output: a directory, see `images.index`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..images.index import write_index
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    """recipes: the directories of the recipes."""

    name: str
    tag: str | None
    recipes: tuple[str, ...]

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(fields.text("name"), fields.optional_text("tag"), fields.texts("recipes"))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    write_index(spec.name, spec.tag, spec.recipes, out)
