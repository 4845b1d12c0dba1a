"""An OCI layout as a tar that is a docker-archive, too, over the same blobs, which may be compressed.

Its index.json is for docker's and containerd's image store, podman and skopeo's oci-archive:, its manifest.json for
docker before 25 and skopeo's docker-archive:. A member's size stands before it, and a manifest names layers by what
they are compressed to: so each layer is compressed into a file in $TMPDIR, written and forgotten, and what names them
comes last. A reader gets its first bytes early, and neither memory nor $TMPDIR holds more than one layer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..documents import canonical_json
from ..documents.fields import Fields
from ..images.index import Image, ImageIndex
from ..images.recipe import Recipe
from ..layers.content import LayerContents, layer_contents
from ..layers.source import Layer
from ..oci.model import Descriptor, Platform
from .blobs import Blob
from .compressed import LayerCompression, compressed_blob, stored_blob, uncompressed_layers
from .docker_archive import NamedImage, Output, write_docker_archive, write_document, write_end, write_member
from .oci_layout import LAYOUT_VERSION, blob_file, blobs_of, docker_manifest, entry_of, index_document
from .served_image import ServedImage, described_image, served_image


def write_archives(images: Sequence[NamedImage], output: Output, compression: LayerCompression) -> None:
    """Write what `docker load` reads: a plain docker-archive, or one that is a layout too, with compressed layers.

    compression: of layers, one of LAYER_COMPRESSIONS. Raises what `LayerContents.write` raises; the output then lacks
    its end.
    """
    if compression == "none":
        write_docker_archive(images, output)
    else:
        _write_merged(images, output, compression)


def write_archive(recipe: Recipe, repo_tag: str, output: Output, compression: LayerCompression) -> None:
    """Write one image as `write_archives` does."""
    if compression == "none":
        write_docker_archive([NamedImage.of(recipe, repo_tag)], output)
    else:
        write_oci_archive(recipe, repo_tag, output, compression)


def write_oci_archive(image: Image, repo_tag: str, output: Output, compression: LayerCompression) -> None:
    """Write an image; or an index of several, which is no docker-archive. Arguments and errors: `write_archives`."""
    with layer_contents() as contents:
        write_document(output, "oci-layout", LAYOUT_VERSION)
        forms = _write_layers(uncompressed_layers(image).values(), contents, output, compression)
        served = served_image(image, repo_tag, contents, forms)
        is_one = not isinstance(image, ImageIndex)
        _write_rest([_Entry(served, entry_of(image, served), (repo_tag,))], output, _digests(forms), is_one)


def _write_merged(images: Sequence[NamedImage], output: Output, compression: LayerCompression) -> None:
    with layer_contents() as contents:
        write_document(output, "oci-layout", LAYOUT_VERSION)
        layers = {layer.diff_id: layer for image in images for layer in image.layers}
        forms = _write_layers(layers.values(), contents, output, compression)
        _write_rest([_entry(image, contents, forms) for image in images], output, _digests(forms), True)


def write_blobs_archive(
    image: Image, served: ServedImage, repo_tag: str, output: Output, known: Collection[str]
) -> None:
    """Write an image as it was served to a runtime, without the blobs that are known there, by their digests."""
    write_document(output, "oci-layout", LAYOUT_VERSION)
    _write_rest([_Entry(served, entry_of(image, served), (repo_tag,))], output, known, True)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An image in an archive. described: its manifest. repo_tags: none for an image without a name."""

    served: ServedImage
    described: Descriptor
    repo_tags: tuple[str, ...]


def _entry(image: NamedImage, contents: LayerContents, forms: Mapping[str, Descriptor]) -> _Entry:
    served = described_image(image.config, image.layers, "", contents, forms, annotations=image.annotations)
    platform = Platform.take(Fields(canonical_json.load(image.config, "an image's config")))
    return _Entry(served, replace(served.manifest.descriptor, platform=platform), image.repo_tags)


def _write_layers(
    layers: Iterable[Layer], contents: LayerContents, output: Output, compression: LayerCompression
) -> dict[str, Descriptor]:
    """Write the compressed form of layers; returns what it is, by diff ID. Without a compression nothing is written."""
    forms: dict[str, Descriptor] = {}
    for layer in layers if compression != "none" else ():
        blob = stored_blob(layer, compression) or compressed_blob(layer, contents, compression)
        forms[layer.diff_id] = blob.descriptor
        _write_blob(blob, output)
    return forms


def _digests(forms: Mapping[str, Descriptor]) -> set[str]:
    return {form.digest for form in forms.values()}


def _write_rest(entries: Sequence[_Entry], output: Output, known: Collection[str], is_docker_archive: bool) -> None:
    """Write the blobs that the images have at hand, but for those that are known, and then what names them."""
    blobs = {blob.descriptor.digest: blob for entry in entries for blob in blobs_of(entry.served)}
    for digest, blob in blobs.items():
        if digest not in known:
            _write_blob(blob, output)
    names = [(entry.described, name) for entry in entries for name in entry.repo_tags or (None,)]
    write_document(output, "index.json", index_document(names))
    if is_docker_archive:
        write_document(output, "manifest.json", docker_manifest((one.served, one.repo_tags) for one in entries))
    write_end(output)


def _write_blob(blob: Blob, output: Output) -> None:
    write_member(output, blob_file(blob.descriptor.digest), blob.descriptor.size, blob.write)
