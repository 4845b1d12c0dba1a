"""Any image, opened to be looked at: recipes and results of nixdock, images from elsewhere, registries, docker's store.

Nothing of an image is believed: archives, layouts and layers come through the readers of base images, which bound all
that they make of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from ... import clients, process
from ...bases.base import BaseImage, open_base
from ...bases.blobs import BlobImage
from ...documents import canonical_json
from ...errors import InvalidInput
from ...images.foreign import foreign_recipe
from ...images.recipe import Recipe
from ...layers.content import layer_contents
from ...layers.members import layer_members
from ...layers.source import ArchiveSource, BlobSource, Layer
from ...oci.digest import digest_of
from ...oci.model import Descriptor, ImageConfig
from ...oci.reference import parse_remote_reference
from ...outputs import named_file, temporary_directory
from ...registries.access import Access
from ...registries.lock import read_usable_manifest
from ...registries.resolve import resolve
from ...registries.skopeo import copy_image, raw_config
from ...sinks.served_image import served_image
from .model import ImageLayer, OpenedImage, Wanted
from .places import local_path, recipe_at
from .store_paths import StorePaths

_SAVED_BY = {"docker-daemon": "docker", "podman": "podman", "containers-storage": "podman"}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which image is meant where there are several, and how registries are asked.

    image: NAME:TAG of an archive or layout; None for the first.
    """

    architecture: str
    os: str = "linux"
    image: str | None = None
    access: Access = Access()


@contextmanager
def open_image(word: str, wanted: Wanted, choice: Choice) -> Iterator[OpenedImage]:
    """Open the image that a word names: see `places`, and docker://REF, docker-daemon:REF, podman:REF.

    Of a registry's image the layers are fetched only where something more is wanted than its documents.
    Raises InvalidInput for what is no image, and what the readers of images and registries raise.
    """
    with ExitStack() as stack:
        transport, _, reference = word.partition(":")
        if word.startswith("docker://"):
            yield _of_registry(word, wanted, choice, stack)
        elif transport in _SAVED_BY and reference:
            archive = _saved(_SAVED_BY[transport], reference, stack)
            yield replace(_of_files(archive, wanted, choice, stack), source=word, kind=transport)
        else:
            yield _of_path(word, wanted, choice, stack)


def _of_path(word: str, wanted: Wanted, choice: Choice, stack: ExitStack) -> OpenedImage:
    path = local_path(word)
    recipe = recipe_at(path, choice.architecture)
    if not recipe:
        return replace(_of_files(path, wanted, choice, stack), source=word)
    if not recipe.platform.os:
        return _with_store_paths(_described(recipe, word, "layers"), recipe, wanted, stack)
    with layer_contents() as contents:
        manifest = served_image(recipe, f"{recipe.name}:{recipe.tag or 'latest'}", contents).manifest
    image = _described(recipe, word, "recipe")
    image = replace(image, manifest=manifest.descriptor.digest, config_digest=digest_of(recipe.oci_config()))
    return _with_store_paths(image, recipe, wanted, stack)


def _described(recipe: Recipe, source: str, kind: str) -> OpenedImage:
    """What a recipe itself says."""
    foreign = [isinstance(layer.source, ArchiveSource | BlobSource) for layer in recipe.layers]
    is_based = kind == "recipe" and not all(foreign)
    layers = tuple(
        ImageLayer(layer.diff_id, layer.size, layer.history.created_by or "", _blob(layer), is_based and from_elsewhere)
        for layer, from_elsewhere in zip(recipe.layers, foreign, strict=True)
    )
    return OpenedImage(
        source, kind, recipe.name, recipe.tag, recipe.platform, recipe.created or None, recipe.config, layers
    )


def _blob(layer: Layer) -> Descriptor | None:
    source = layer.source
    return Descriptor(layer.media_type, source.digest, source.size) if isinstance(source, BlobSource) else None


def _with_store_paths(image: OpenedImage, recipe: Recipe, wanted: Wanted, stack: ExitStack) -> OpenedImage:
    """Add what is wanted of the image's content."""
    if not wanted:
        return image
    deep = bool(wanted & (Wanted.GRAPH | Wanted.FILES))
    found = StorePaths(recipe, lambda: stack.enter_context(layer_members()), deep)
    if Wanted.FILES in wanted:
        image = replace(image, contents=found.contents)
    if Wanted.GRAPH in wanted:
        return replace(image, paths=found.with_references, roots=found.roots())
    return replace(image, paths=found.paths())


def _of_files(path: str, wanted: Wanted, choice: Choice, stack: ExitStack) -> OpenedImage:
    """An image from elsewhere; each of its layers is checked against its diff ID."""
    base = stack.enter_context(open_base(path))
    name, _, tag = (choice.image or "").rpartition(":")
    if choice.image and not name:
        raise InvalidInput(f"{choice.image!r} is no name of an image", "--image", "write NAME:TAG")
    image = base.reader.pick(name or None, tag or None, choice.architecture)
    recipe = foreign_recipe(*_name(image), image, base.files)
    kind = "docker-archive" if not isinstance(image, BlobImage) else "oci-layout"
    opened = replace(_described(recipe, path, kind), config_digest=digest_of(image.config_bytes))
    if isinstance(image, BlobImage):
        layers = tuple(
            replace(layer, blob=blob) for layer, blob in zip(opened.layers, image.manifest.layers, strict=True)
        )
        manifest = digest_of(image.manifest_text.encode())
        opened = replace(opened, layers=layers, manifest=manifest, annotations=image.manifest.annotations)
    return _with_store_paths(opened, recipe, wanted, stack)


def _name(image: BaseImage) -> tuple[str, str | None]:
    """Name and tag, each as far as the image has it; a layout may have the tag alone."""
    stated = image.name if isinstance(image, BlobImage) else next(iter(image.repo_tags), "")
    name, colon, tag = stated.rpartition(":")
    if colon and "/" not in tag:
        return name, tag
    return ("", stated or None) if isinstance(image, BlobImage) and "/" not in stated else (stated, None)


def _of_registry(word: str, wanted: Wanted, choice: Choice, stack: ExitStack) -> OpenedImage:
    reference = parse_remote_reference(word)
    lock = resolve(reference, choice.os, choice.architecture, choice.access)
    pinned = f"{reference.name}@{lock.digest}"
    if wanted:
        directory = os.path.join(stack.enter_context(temporary_directory()), "image")
        platform = choice.os, lock.platform.architecture
        copy_image(pinned, f"dir:{directory}", platform, choice.access, os.path.dirname(directory))
        image = _of_files(directory, wanted, choice, stack)
    else:
        image = _documents(lock.manifest, raw_config(pinned, choice.access), pinned)
    return replace(image, source=word, kind="registry", name=reference.name, tag=reference.tag, index=lock.index)


def _documents(manifest_text: str, config_bytes: bytes, where: str) -> OpenedImage:
    """An image whose layers stay where they are."""
    manifest = read_usable_manifest(manifest_text.encode(), where)
    config = ImageConfig.from_json(canonical_json.load(config_bytes, where), where)
    if digest_of(config_bytes) != manifest.config.digest or len(config.diff_ids) != len(manifest.layers):
        raise InvalidInput("manifest and config do not belong together", where, "ask again, or another registry")
    history = [entry.created_by or "" for entry in config.full_history() if not entry.empty_layer]
    layers = tuple(
        ImageLayer(diff_id, None, created_by, blob)
        for diff_id, created_by, blob in zip(config.diff_ids, history, manifest.layers, strict=True)
    )
    return OpenedImage(
        source=where,
        kind="registry",
        name=where,
        tag=None,
        platform=config.platform,
        created=config.created,
        config=config.config,
        layers=layers,
        config_digest=manifest.config.digest,
        manifest=digest_of(manifest_text.encode()),
        annotations=manifest.annotations,
    )


def _saved(program: str, reference: str, stack: ExitStack) -> str:
    """Have docker or podman save an image of its store; returns the archive's path."""
    path = os.path.join(stack.enter_context(temporary_directory()), "image.tar")
    with named_file(path) as file:
        saving = process.start(
            [program, "save", "--", reference], stdin=process.DEVNULL, stdout=file, stderr=process.PIPE
        )
        clients.finish(saving, program)
    return path
