"""What the word that a user types for an image stands for: a recipe, something that holds one, or an image's files."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace

from ...errors import InvalidInput
from ...images.index import FILE, ImageIndex, read_image
from ...images.recipe import Recipe, read_layers
from ...inputs import check_file, open_file
from ...oci.model import Platform
from ...store.place import in_store

_MOST_PROGRAM = 64 << 10
"""Bytes of a program of ours: it names its recipe, some tools, and a tag."""
_RECIPES = ("image.json", FILE)
_WORDS = re.compile(r"^exec (.*)$", re.MULTILINE)
_JSON = re.compile(rb'\s*\{\s*"')
_REMEDY = "give a recipe, an image of nixdock, a docker-archive, an OCI layout, docker://REF or docker-daemon:REF"
# skopeo's words for what one names here by its path alone.
_TRANSPORTS = ("docker-archive:", "oci-archive:", "oci:", "dir:")


def local_path(word: str) -> str:
    """Return the path that a word names. Raises InvalidInput where nothing is there."""
    path = next((word.removeprefix(prefix) for prefix in _TRANSPORTS if word.startswith(prefix)), word)
    if not os.path.exists(path):
        what = "a link to nothing" if os.path.islink(path) else "there is no such file or directory"
        raise InvalidInput(what, path, _REMEDY)
    if not os.path.isdir(path):
        check_file(path)
    return path


def recipe_at(path: str, architecture: str) -> Recipe | None:
    """Return the recipe that a path is, or holds, or (a program of ours) names; None where it is no result of ours.

    Of an index the one for linux on an architecture.
    """
    if os.path.isdir(path):
        if any(os.path.exists(os.path.join(path, name)) for name in _RECIPES):
            return _of_architecture(path, architecture)
        if os.path.exists(os.path.join(path, "layers.json")):
            return Recipe(
                os.path.basename(path)[33:] or "layers", None, Platform("", ""), "", {}, tuple(read_layers(path))
            )
        program = _only_program(os.path.join(path, "bin"))
        return _named_by(_head(program), architecture) if program else None
    head = _head(path)
    if os.path.basename(path) in _RECIPES or _JSON.match(head):
        return _of_architecture(path, architecture)
    return _named_by(head, architecture)


def _of_architecture(path: str, architecture: str) -> Recipe:
    image = read_image(path)
    if not isinstance(image, ImageIndex):
        return image
    for recipe in image.images:
        if recipe.platform.architecture == architecture:
            return replace(recipe, name=image.name, tag=image.tag)
    there = ", ".join(f"{recipe.platform.os}/{recipe.platform.architecture}" for recipe in image.images)
    raise InvalidInput(f"there is no image for linux/{architecture}", path, f"it has {there}: choose with --arch")


def _only_program(directory: str) -> str | None:
    try:
        names = os.listdir(directory)
    except OSError:
        return None
    return os.path.join(directory, names[0]) if len(names) == 1 else None


def _named_by(program: bytes, architecture: str) -> Recipe | None:
    """The recipe among the words of a program that the step `program` wrote; its tag, where that says one."""
    words = list(_command(program))
    for word in words:
        if (
            in_store(word)
            and os.path.isdir(word)
            and any(os.path.exists(os.path.join(word, name)) for name in _RECIPES)
        ):
            recipe = _of_architecture(word, architecture)
            tag = words[words.index("--tag") + 1] if "--tag" in words[:-1] else None
            return replace(recipe, tag=recipe.tag or tag)
    return None


def _head(path: str) -> bytes:
    with open_file(path) as file:
        return file.read(_MOST_PROGRAM)


def _command(program: bytes) -> Iterator[str]:
    if not program.startswith(b"#!"):
        return
    command = _WORDS.search(program.decode(errors="replace"))
    if command:
        try:
            yield from shlex.split(command[1])
        except ValueError:  # no closing quotation
            return
