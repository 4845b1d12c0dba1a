"""The OCI image layout: a directory of blobs by digest, and an index of what is in it (image-spec, image-layout.md)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..image import Layer, Recipe
from ..layers.content import LayerContents, layer_contents
from ..oci import canonical_json
from ..oci.model import Descriptor, Index
from .compressed import compress_layer
from .served_image import served_image

_VERSION = canonical_json.dump({"imageLayoutVersion": "1.0.0"})
_REF_NAME = "org.opencontainers.image.ref.name"


def write_oci_layout(recipe: Recipe, repo_tag: str, directory: str, compression: str = "gzip") -> None:
    """Make a layout with one image and compressed layers; it is whole under its name, or not there.

    index.json names the image by its tag, as skopeo, podman and umoci find it: `oci:DIRECTORY:TAG`.
    Raises FileExistsError where there is something already, and what `LayerContents.write` raises.
    """
    os.mkdir(directory)  # claims the name
    temporary = Path(f"{directory}.new")
    try:
        (temporary / "blobs/sha256").mkdir(parents=True)
        _write(recipe, repo_tag, temporary, compression)
        os.replace(temporary, directory)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        os.rmdir(directory)
        raise


def _write(recipe: Recipe, repo_tag: str, top: Path, compression: str) -> None:
    with layer_contents() as contents:
        # An image from a registry has its own compressed layers.
        layers = {} if recipe.verbatim else {layer.diff_id: layer for layer in recipe.layers}
        forms = {diff_id: _write_layer(layer, contents, compression, top) for diff_id, layer in layers.items()}
        image = served_image(recipe, repo_tag, contents, forms)
    for blob in (image.manifest, *image.blobs.values()):
        with open(_blob(top, blob.descriptor.digest), "wb") as file:
            blob.write(file.write)
    manifest = image.manifest.descriptor
    described = Descriptor(
        manifest.media_type, manifest.digest, manifest.size, recipe.platform, annotations={_REF_NAME: image.tag}
    )
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
