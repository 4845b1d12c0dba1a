"""Images that are no recipes: archives and layouts, those of registries, those in the store of docker or podman."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace

from ... import clients, process
from ...bases.base import BaseImage, open_base
from ...bases.blobs import BlobImage
from ...documents import canonical_json
from ...errors import InvalidInput, ProgramFailed
from ...images.base_recipe import base_recipe
from ...oci.digest import digest_of
from ...oci.model import ImageConfig
from ...oci.reference import parse_remote_reference
from ...oci.usable import read_usable_manifest
from ...outputs import named_file, temporary_directory
from ...registries.resolve import resolve
from ...registries.skopeo import copy_image, raw_config
from .described import described, with_store_paths
from .model import Choice, ImageLayer, OpenedImage, Wanted


def of_files(path: str, wanted: Wanted, choice: Choice, stack: ExitStack) -> OpenedImage:
    """Open an archive, layout or directory; each layer is checked against its diff ID. Raises what `open_base` does."""
    base = stack.enter_context(open_base(path))
    name, _, tag = (choice.image or "").rpartition(":")
    if choice.image and not name:
        raise InvalidInput(f"{choice.image!r} is no name of an image", "--image", "write NAME:TAG")
    image = base.reader.pick(name or None, tag or None, choice.architecture)
    recipe = base_recipe(*_name(image), image, base.files)
    kind = "docker-archive" if not isinstance(image, BlobImage) else "oci-layout"
    opened = replace(described(recipe, path, kind), config_digest=digest_of(image.config_bytes))
    if isinstance(image, BlobImage):
        layers = tuple(
            replace(layer, blob=blob) for layer, blob in zip(opened.layers, image.manifest.layers, strict=True)
        )
        manifest = digest_of(image.manifest_text.encode())
        opened = replace(opened, layers=layers, manifest=manifest, annotations=image.manifest.annotations)
    return with_store_paths(opened, recipe, wanted, stack)


def _name(image: BaseImage) -> tuple[str, str | None]:
    """Name and tag, each as far as the image has it; a layout may have the tag alone."""
    stated = image.name if isinstance(image, BlobImage) else next(iter(image.repo_tags), "")
    name, colon, tag = stated.rpartition(":")
    if colon and "/" not in tag:
        return name, tag
    return ("", stated or None) if isinstance(image, BlobImage) and "/" not in stated else (stated, None)


def of_registry(word: str, wanted: Wanted, choice: Choice, stack: ExitStack) -> OpenedImage:
    """Open docker://REF. Its layers are fetched only where something more is wanted than its documents."""
    reference = parse_remote_reference(word)
    lock = resolve(reference, choice.os, choice.architecture, choice.access)
    pinned = f"{reference.name}@{lock.digest}"
    if wanted:
        directory = os.path.join(stack.enter_context(temporary_directory()), "image")
        platform = choice.os, lock.platform.architecture
        copy_image(pinned, f"dir:{directory}", platform, choice.access, os.path.dirname(directory))
        image = of_files(directory, wanted, choice, stack)
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


def of_runtime(program: str, reference: str, wanted: Wanted, choice: Choice, stack: ExitStack) -> OpenedImage:
    """Open an image in the store of docker or podman, which saves it to a temporary file."""
    path = os.path.join(stack.enter_context(temporary_directory()), "image.tar")
    with named_file(path) as file:
        saving = process.start(
            [program, "save", "--", reference], stdin=process.DEVNULL, stdout=file, stderr=process.PIPE
        )
        try:
            clients.finish(saving, program)
        except ProgramFailed as error:
            raise ProgramFailed(f"{program} cannot save the image", reference, error.remedy) from error
    return of_files(path, wanted, choice, stack)
