"""The formats of a bill of materials, by the names that users give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...oci.artifact import CYCLONEDX, SPDX
from .cyclonedx import cyclonedx
from .model import Bill
from .spdx import spdx


@dataclass(frozen=True, slots=True)
class Format:
    """media_type: of the document, and the artifact type of a manifest that holds it. extension: of its file."""

    media_type: str
    extension: str
    write: Callable[[Bill], bytes]


FORMATS: Mapping[str, Format] = {
    "cyclonedx": Format(CYCLONEDX, "cdx.json", cyclonedx),
    "spdx": Format(SPDX, "spdx.json", spdx),
}
