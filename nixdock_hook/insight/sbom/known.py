"""What the evaluation of an image hands to the steps that describe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ...documents.fields import ExactFields
from .build_facts import build_facts
from .components import bill_of
from .derivations import read_derivations
from .model import Bill, DescribedImage
from .package_meta import read_package_meta


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of store paths, in the image or not.

    packages: see `package_meta`. derivations: .drv files; they and what they need are read.
    copied: tree whose content is at `/` of the image → the root that has it, among those of a layer's source.
    """

    packages: tuple[Any, ...]
    derivations: tuple[str, ...]
    copied: Mapping[str, str]

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        copied = {one.text("tree"): one.text("root") for one in fields.inners("copied")}
        return cls(tuple(fields.values("packages")), fields.texts("derivations"), copied)

    def bill(self, image: DescribedImage) -> Bill:
        """Say what is in an image. Raises InvalidInput for packages, InvalidImage for derivations that are none."""
        return bill_of(image, read_package_meta(self.packages), build_facts(read_derivations(self.derivations)))
