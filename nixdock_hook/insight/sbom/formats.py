"""The formats of a bill of materials, by the names that users give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import cyclonedx, spdx
from .model import Bill


@dataclass(frozen=True, slots=True)
class Format:
    """media_type: of the document, and the artifact type of a manifest that holds it. extension: of its file."""

    media_type: str
    extension: str
    write: Callable[[Bill], bytes]


FORMATS: Mapping[str, Format] = {
    "cyclonedx": Format(cyclonedx.MEDIA_TYPE, cyclonedx.EXTENSION, cyclonedx.cyclonedx),
    "spdx": Format(spdx.MEDIA_TYPE, spdx.EXTENSION, spdx.spdx),
}
