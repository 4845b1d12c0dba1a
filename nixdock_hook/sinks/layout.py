"""The OCI image layout: a directory of blobs by digest, and an index of what is in it (image-spec, image-layout.md)."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from ..image import Layer
from ..image_index import Image, ImageIndex
from ..layers.content import LayerContents, layer_contents
from ..oci import canonical_json
from ..oci.model import Descriptor, Index
from ..oci.reference import full_name
from ..outputs import whole_directory
from .compressed import compress_layer, uncompressed_layers
from .served_image import served_image

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


def _write(image: Image, repo_tag: str, top: Path, compression: str) -> None:
    with layer_contents() as contents:
        layers = uncompressed_layers(image).items()
        forms = {diff_id: _write_layer(layer, contents, compression, top) for diff_id, layer in layers}
        served = served_image(image, repo_tag, contents, forms)
    for blob in (served.manifest, *served.named.values(), *served.blobs.values()):
        with open(_blob(top, blob.descriptor.digest), "wb") as file:
            blob.write(file.write)
    platform = None if isinstance(image, ImageIndex) else image.platform
    names = {_FULL_NAME: full_name(repo_tag), _REF_NAME: served.tag}
    described = replace(served.manifest.descriptor, platform=platform, annotations=names)
    (top / "index.json").write_bytes(canonical_json.dump(Index((described,)).to_json()))
    (top / "oci-layout").write_bytes(_VERSION)


def _write_layer(layer: Layer, contents: LayerContents, compression: str, top: Path) -> Descriptor:
    temporary = top / "layer"
    with open(temporary, "wb") as file:
        descriptor = compress_layer(layer, contents, compression, file.write)
    os.replace(temporary, _blob(top, descriptor.digest))
    return descriptor


def _blob(top: Path, digest: str) -> Path:
    return top / "blobs" / digest.replace(":", "/")
