"""Names of images, as docker takes them (github.com/distribution/reference; nix/image-name.nix holds the same rule)."""

from __future__ import annotations

import re

from ..errors import InvalidInput

_HOST = r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]+)?/)?"
_COMPONENT = r"[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*"
_MOST_NAME = 255  # characters
_REFERENCE = re.compile(rf"{_HOST}{_COMPONENT}(?:/{_COMPONENT})*:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}")


def parse_reference(text: str) -> str:
    """Return `NAME:TAG` with a lower-case name; `:latest` where there is no tag."""
    name, colon, tag = text.rpartition(":")
    if not colon or "/" in tag:
        name, tag = text, "latest"
    reference = f"{name.lower()}:{tag}"
    if len(name) > _MOST_NAME or not _REFERENCE.fullmatch(reference):
        remedy = "letters, digits and single . _ - between them, parts separated by /, then :TAG"
        raise InvalidInput(f"docker would refuse the name {text!r}", "--repo_tag", remedy)
    return reference
