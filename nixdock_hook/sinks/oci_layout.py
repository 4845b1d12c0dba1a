"""The OCI image layout: a directory of blobs by digest, and an index of what is in it (image-spec, image-layout.md)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..documents import canonical_json
from ..images.index import Image, ImageIndex
from ..images.recipe import Recipe
from ..layers.content import LayerContents, layer_contents
from ..layers.source import Layer
from ..oci.model import Descriptor, Index, Manifest
from ..oci.reference import Reference
from ..outputs import whole_directory
from .blobs import Blob
from .compressed import LayerCompression, compress_layer, stored_blob, uncompressed_layers
from .served_image import ServedImage, served_image

LAYOUT_VERSION = canonical_json.dump({"imageLayoutVersion": "1.0.0"})
_REF_NAME = "org.opencontainers.image.ref.name"
_FULL_NAME = "io.containerd.image.name"


def write_oci_layout(
    image: Image,
    repo_tag: str,
    directory: str,
    compression: LayerCompression = "gzip",
    progress: Callable[[int], object] = bool,
) -> None:
    """Make a layout with one image, or index; it is whole under its name, or not there.

    compression: of layers, one of LAYER_COMPRESSIONS. progress: told how many more bytes of layers are compressed.

    index.json names the image twice: by its tag, as skopeo, podman and umoci find it (`oci:DIRECTORY:TAG`), and by its
    whole name with a registry's host, under which docker's and containerd's image store keep it. Of one image there is
    a docker-archive's manifest.json, too: docker's own image store wants it (`tar -C DIRECTORY -c . | docker load`).
    Raises FileExistsError where there is something already, and what `LayerContents.write` raises.
    """
    with whole_directory(directory) as temporary:
        (Path(temporary) / "blobs/sha256").mkdir(parents=True)
        _write(image, repo_tag, Path(temporary), compression, progress)


def _write(
    image: Image, repo_tag: str, top: Path, compression: LayerCompression, progress: Callable[[int], object]
) -> None:
    with layer_contents() as contents:
        layers = uncompressed_layers(image) if compression != "none" else {}
        write = partial(_write_layer, contents=contents, compression=compression, top=top, progress=progress)
        forms = {diff_id: write(layer) for diff_id, layer in layers.items()}
        served = served_image(image, repo_tag, contents, forms)
        for blob in blobs_of(served):
            _write_blob(blob, top)
    (top / "index.json").write_bytes(index_document([(entry_of(image, served), repo_tag)]))
    (top / "oci-layout").write_bytes(LAYOUT_VERSION)
    if isinstance(image, Recipe):
        (top / "manifest.json").write_bytes(docker_manifest([(served, (repo_tag,))]))


def _write_layer(
    layer: Layer,
    contents: LayerContents,
    compression: LayerCompression,
    top: Path,
    progress: Callable[[int], object],
) -> Descriptor:
    if stored := stored_blob(layer, compression):
        _write_blob(stored, top)
        return stored.descriptor
    temporary = top / "layer"
    with open(temporary, "wb") as file:
        descriptor = compress_layer(layer, contents, compression, file.write, progress)
    os.replace(temporary, top / blob_file(descriptor.digest))
    return descriptor


def _write_blob(blob: Blob, top: Path) -> None:
    with open(top / blob_file(blob.descriptor.digest), "wb") as file:
        blob.write(file.write)


def blobs_of(served: ServedImage) -> tuple[Blob, ...]:
    """Return all blobs that are at hand: manifests, configs and layers."""
    return (served.manifest, *served.named.values(), *served.blobs.values())


def index_document(entries: Iterable[tuple[Descriptor, str | None]]) -> bytes:
    """Return index.json: manifests, each with the NAME:TAG under which the layout has it, if it has one."""
    return canonical_json.dump(Index(tuple(_named(described, repo_tag) for described, repo_tag in entries)).to_json())


def _named(described: Descriptor, repo_tag: str | None) -> Descriptor:
    if repo_tag is None:
        return described
    name = Reference.split(repo_tag)
    names = {_FULL_NAME: str(name.full()), _REF_NAME: name.tag or ""}
    return replace(described, annotations=names)


def entry_of(image: Image, served: ServedImage) -> Descriptor:
    """Describe an image, or an index, as index.json does; only of an image there is one platform."""
    platform = None if isinstance(image, ImageIndex) else image.platform
    return replace(served.manifest.descriptor, platform=platform)


def docker_manifest(images: Iterable[tuple[ServedImage, Sequence[str]]]) -> bytes:
    """Return a docker-archive's manifest.json of the same blobs, for images with their names."""
    return canonical_json.dump([_docker_entry(served, repo_tags) for served, repo_tags in images])


def _docker_entry(served: ServedImage, repo_tags: Sequence[str]) -> dict[str, Any]:
    manifest = Manifest.from_json(canonical_json.load(served.manifest.data, "the manifest"), "the manifest")
    layers = [blob_file(layer.digest) for layer in manifest.layers]
    return {"Config": blob_file(manifest.config.digest), "RepoTags": list(repo_tags), "Layers": layers}


def blob_file(digest: str) -> str:
    """Return the name of a blob's file."""
    return f"blobs/{digest.replace(':', '/')}"
