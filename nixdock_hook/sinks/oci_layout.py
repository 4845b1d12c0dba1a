"""The OCI image layout: a directory of blobs by digest, and an index of what is in it (image-spec, image-layout.md)."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from ..documents import canonical_json
from ..images.index import Image, ImageIndex
from ..images.recipe import Recipe
from ..layers.content import LayerContents, layer_contents
from ..layers.source import Layer
from ..oci.model import Descriptor, Index, Manifest
from ..oci.reference import full_name
from ..outputs import whole_directory
from .blobs import Blob
from .compressed import CompressedLayers, compress_layer, uncompressed_layers
from .docker_archive import Output, write_document, write_end, write_member
from .served_image import ServedImage, served_image

_VERSION = canonical_json.dump({"imageLayoutVersion": "1.0.0"})
_REF_NAME = "org.opencontainers.image.ref.name"
_FULL_NAME = "io.containerd.image.name"


def write_oci_layout(image: Image, repo_tag: str, directory: str, compression: str = "gzip") -> None:
    """Make a layout with one image, or index, and compressed layers; it is whole under its name, or not there.

    index.json names the image twice: by its tag, as skopeo, podman and umoci find it (`oci:DIRECTORY:TAG`), and by its
    whole name with a registry's host, under which docker's and containerd's image store keep it.
    Raises FileExistsError where there is something already, and what `LayerContents.write` raises.
    """
    with whole_directory(directory) as temporary:
        (Path(temporary) / "blobs/sha256").mkdir(parents=True)
        _write(image, repo_tag, Path(temporary), compression)


def write_oci_archive(image: Image, repo_tag: str, output: Output, compression: str = "gzip") -> None:
    """Write a layout as a tar. That of one image is a docker-archive, too, over the same blobs: its manifest.json is
    for docker before 25, podman's and skopeo's docker-archive:. The layers are compressed into $TMPDIR beforehand.

    Raises what `LayerContents.write` raises; the output then lacks its end.
    """
    with layer_contents() as contents, ExitStack() as stack:
        compressed = CompressedLayers(contents, compression, stack)
        files = {diff_id: compressed.blob(layer) for diff_id, layer in uncompressed_layers(image).items()}
        forms = {diff_id: file.descriptor for diff_id, file in files.items()}
        served = served_image(image, repo_tag, contents, forms, files.values())
        write_document(output, "oci-layout", _VERSION)
        write_document(output, "index.json", _index(image, served, repo_tag))
        if isinstance(image, Recipe):
            write_document(output, "manifest.json", _docker_manifest(served, repo_tag))
        for blob in _blobs(served):
            write_member(output, _blob(blob.descriptor.digest), blob.descriptor.size, blob.write)
        write_end(output)


def _write(image: Image, repo_tag: str, top: Path, compression: str) -> None:
    with layer_contents() as contents:
        layers = uncompressed_layers(image).items()
        forms = {diff_id: _write_layer(layer, contents, compression, top) for diff_id, layer in layers}
        served = served_image(image, repo_tag, contents, forms)
    for blob in _blobs(served):
        with open(top / _blob(blob.descriptor.digest), "wb") as file:
            blob.write(file.write)
    (top / "index.json").write_bytes(_index(image, served, repo_tag))
    (top / "oci-layout").write_bytes(_VERSION)


def _write_layer(layer: Layer, contents: LayerContents, compression: str, top: Path) -> Descriptor:
    temporary = top / "layer"
    with open(temporary, "wb") as file:
        descriptor = compress_layer(layer, contents, compression, file.write)
    os.replace(temporary, top / _blob(descriptor.digest))
    return descriptor


def _blobs(served: ServedImage) -> tuple[Blob, ...]:
    return (served.manifest, *served.named.values(), *served.blobs.values())


def _index(image: Image, served: ServedImage, repo_tag: str) -> bytes:
    """The layout's index.json."""
    platform = None if isinstance(image, ImageIndex) else image.platform
    names = {_FULL_NAME: full_name(repo_tag), _REF_NAME: served.tag}
    described = replace(served.manifest.descriptor, platform=platform, annotations=names)
    return canonical_json.dump(Index((described,)).to_json())


def _docker_manifest(served: ServedImage, repo_tag: str) -> bytes:
    """The manifest.json of a docker-archive of the same blobs."""
    manifest = Manifest.from_json(canonical_json.load(served.manifest.data, repo_tag), repo_tag)
    layers = [_blob(layer.digest) for layer in manifest.layers]
    entry = {"Config": _blob(manifest.config.digest), "RepoTags": [repo_tag], "Layers": layers}
    return canonical_json.dump([entry])


def _blob(digest: str) -> str:
    """The name of a blob's file."""
    return f"blobs/{digest.replace(':', '/')}"
