"""Any image, opened to be looked at: recipes and results of nixdock, images of others, registries, docker's store.

Nothing of an image is believed: archives, layouts and layers come through the readers of base images, which bound all
that they make of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from ...images.recipe import Recipe
from ...layers.content import layer_contents
from ...oci.digest import digest_of
from ...sinks.served_image import served_image
from .described import described, with_store_paths
from .model import Choice, OpenedImage, Wanted
from .places import local_path, recipe_at

_SAVED_BY = {"docker-daemon": "docker", "podman": "podman", "containers-storage": "podman"}


@contextmanager
def open_image(word: str, wanted: Wanted, choice: Choice) -> Iterator[OpenedImage]:
    """Open the image that a word names: see `places`, and docker://REF, docker-daemon:REF, podman:REF.

    Of a registry's image the layers are fetched only where something more is wanted than its documents.
    Raises InvalidInput for what is no image, and what the readers of images and registries raise.
    """
    with ExitStack() as stack:
        path = "" if _is_in_a_store(word) else local_path(word)
        recipe = recipe_at(path, choice.architecture) if path else None
        yield _of_recipe(recipe, word, wanted, stack) if recipe else _of_others(path, word, wanted, choice, stack)


def _is_in_a_store(word: str) -> bool:
    transport, _, reference = word.partition(":")
    return word.startswith("docker://") or (transport in _SAVED_BY and reference != "")


def _of_recipe(recipe: Recipe, word: str, wanted: Wanted, stack: ExitStack) -> OpenedImage:
    if not recipe.platform.os:
        return with_store_paths(described(recipe, word, "layers"), recipe, wanted, stack)
    with layer_contents() as contents:
        manifest = served_image(recipe, f"{recipe.name}:{recipe.tag or 'latest'}", contents).manifest
    image = described(recipe, word, "recipe")
    image = replace(image, manifest=manifest.descriptor.digest, config_digest=digest_of(recipe.oci_config()))
    return with_store_paths(image, recipe, wanted, stack)


def _of_others(path: str, word: str, wanted: Wanted, choice: Choice, stack: ExitStack) -> OpenedImage:
    from . import others  # slow to import

    if path:
        return replace(others.of_files(path, wanted, choice, stack), source=word)
    if word.startswith("docker://"):
        return others.of_registry(word, wanted, choice, stack)
    transport, _, reference = word.partition(":")
    image = others.of_runtime(_SAVED_BY[transport], reference, wanted, choice, stack)
    return replace(image, source=word, kind=transport)
