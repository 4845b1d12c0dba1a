"""The name under which a command knows an image."""

from __future__ import annotations

import argparse

from ..errors import InvalidInput
from ..image import Recipe
from ..oci.reference import parse_reference


def repo_tag(recipe: Recipe, options: argparse.Namespace) -> str:
    """NAME:TAG, from the command line or else the recipe."""
    if options.repo_tag:
        return parse_reference(options.repo_tag)
    tag = options.tag or recipe.tag
    if tag is None:
        raise InvalidInput("the recipe has no tag", options.recipe, "name the image with --repo_tag NAME:TAG")
    return f"{recipe.name}:{tag}"
