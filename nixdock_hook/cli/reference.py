"""The name under which a command knows an image."""

from __future__ import annotations

import argparse

from ..errors import InvalidInput
from ..image_index import Image
from ..oci.reference import parse_reference


def repo_tag(image: Image, options: argparse.Namespace) -> str:
    """NAME:TAG, from the command line or else the recipe (or index)."""
    if options.repo_tag:
        return parse_reference(options.repo_tag)
    tag = options.tag or image.tag
    if tag is None:
        raise InvalidInput("the recipe has no tag", options.recipe, "name the image with --repo_tag NAME:TAG")
    return f"{image.name}:{tag}"
