"""An image index: images for several platforms under one name, as Nix stores it (image-spec, image-index.md)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..documents import canonical_json
from ..documents.canonical_json import MOST_OF_OURS
from ..documents.fields import Fields
from ..errors import InvalidImage, InvalidInput
from ..outputs import whole_file
from ..store.place import in_store
from .recipe import Recipe, read_recipe

VERSION = 1
FILE = "images.json"  # not index.json: that is a file of OCI layouts


@dataclass(frozen=True, slots=True)
class ImageIndex:
    """Images of different platforms; tag: as in a recipe."""

    name: str
    tag: str | None
    images: tuple[Recipe, ...]


Image = Recipe | ImageIndex
"""What has a name, and can be served, copied and laid out."""


def recipes_of(image: Image) -> tuple[Recipe, ...]:
    """Return the images of an index; an image itself."""
    return image.images if isinstance(image, ImageIndex) else (image,)


def tell_lost_by_podman(image: Image, tell: Callable[[str], object]) -> None:
    """Tell people what podman, unlike docker, does not take from an OCI image; nothing where it takes all."""
    if any(recipe.config.get("Healthcheck") for recipe in recipes_of(image)):
        tell("the Healthcheck is docker's own: podman takes it from a docker-archive, from an OCI image it does not")


def single_image(image: Image, holder: str, where: str) -> Recipe:
    """Return the image itself. Raises InvalidInput for an index, of which `holder` cannot take more than one image."""
    if isinstance(image, ImageIndex):
        remedy = "give it the image of one platform, or copy the index to docker:// or oci:"
        raise InvalidInput(f"{holder} cannot hold an index of {len(image.images)} platforms", where, remedy)
    return image


def write_index(name: str, tag: str | None, recipes: Sequence[str], directory: str) -> None:
    """Make a directory with `images.json`: paths of recipes under a name.

    Raises InvalidInput where one is no recipe, or where two are for one platform.
    """
    _check_platforms([read_recipe(path) for path in recipes], recipes)
    value = {"index": VERSION, "name": name, "tag": tag, "recipes": list(recipes)}
    os.mkdir(directory)
    with whole_file(os.path.join(directory, FILE)) as file:
        file.write(canonical_json.dump(value) + b"\n")


def read_image(path: str) -> Image:
    """Read the index or the recipe at a path: its file, or the directory that holds it.

    Raises InvalidInput with all that is wrong with it.
    """
    file = os.path.join(path, FILE) if os.path.isdir(path) else path
    if os.path.basename(file) != FILE or not os.path.exists(file):
        return read_recipe(path)
    try:
        fields = Fields(canonical_json.read_file(file, most=MOST_OF_OURS))
    except InvalidImage as error:
        raise InvalidInput(f"not an index ({error.what})", file, "build it again") from error
    version = fields.count("index")
    name, tag, recipes = fields.text("name"), fields.optional_text("tag"), fields.texts("recipes")
    fields.check(file, "build it again")
    if version != VERSION:
        raise InvalidInput(f"index version {version}", file, f"this nixdock reads version {VERSION}")
    if outside := [path for path in recipes if not in_store(path)]:
        raise InvalidInput(f"{outside[0]!r} is not in the store", file, "build it again")
    images = tuple(map(read_recipe, recipes))
    _check_platforms(images, recipes)
    return ImageIndex(name, tag, images)


def _check_platforms(images: Sequence[Recipe], paths: Sequence[str]) -> None:
    """A client takes the first image that fits: of two for one platform nobody would get the second."""
    if not images:
        raise InvalidInput("an index of no image", "`images`", "give it the images of some platforms")
    seen: dict[str, str] = {}
    for image, path in zip(images, paths, strict=True):
        platform = str(image.platform)
        if platform in seen:
            what = f"two images are for {platform}: {seen[platform]} and {path}"
            raise InvalidInput(what, "`images`", "leave out one, or build it for another `architecture`")
        seen[platform] = path
