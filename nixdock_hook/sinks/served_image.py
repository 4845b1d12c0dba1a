"""A recipe, or an index of several, as a registry knows images: a manifest, and blobs by digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..documents import canonical_json
from ..errors import InvalidInput
from ..images.index import Image, ImageIndex
from ..images.recipe import Recipe, Verbatim
from ..layers.content import LayerContents
from ..layers.source import BlobSource, Layer
from ..oci.model import CONFIG, INDEX, LAYER_TAR, MANIFEST, Descriptor, Index, Manifest
from ..oci.reference import Reference
from .blobs import Blob, Document, PlainLayer, StoredBlob


@dataclass(frozen=True, slots=True)
class ServedImage:
    """An image under one name.

    repository: the name below /v2/, without a registry's host. manifest: the OCI manifest, or the index.
    blobs: config and layers by digest. A layer that the client already has somewhere may be missing.
    named: the manifests that an index names, and those that refer to one, by digest.
    referrers: digest of a manifest → the artifacts that refer to it.
    """

    repository: str
    tag: str
    manifest: Document
    blobs: Mapping[str, Blob]
    named: Mapping[str, Document] = field(default_factory=dict)
    referrers: Mapping[str, tuple[Descriptor, ...]] = field(default_factory=dict)


def served_image(
    image: Image,
    repo_tag: str,
    contents: LayerContents,
    forms: Mapping[str, Descriptor] | None = None,
    blobs: Iterable[Blob] = (),
) -> ServedImage:
    """Describe an image, or an index; no layer is read for it: an uncompressed layer's digest is its diff ID.

    repo_tag: NAME:TAG; a registry's host in front of NAME is left out.
    forms: diff ID → the compressed layer that the manifest names instead. blobs: those of them that are at hand.
    An image from another registry, with nothing new in it, is what it was there, its manifest's digest too.
    """
    if isinstance(image, ImageIndex):
        return _served_index([served_image(recipe, repo_tag, contents, forms, blobs) for recipe in image.images], image)
    if image.verbatim:
        return _as_it_came(image, image.verbatim, repo_tag)
    return described_image(image.oci_config(), image.layers, repo_tag, contents, forms or {}, blobs, image.annotations)


def described_image(
    config_bytes: bytes,
    image_layers: Sequence[Layer],
    repo_tag: str,
    contents: LayerContents,
    forms: Mapping[str, Descriptor],
    blobs: Iterable[Blob] = (),
    annotations: Mapping[str, str] | None = None,
) -> ServedImage:
    """Describe the image of a config and layers; the other arguments are those of `served_image`."""
    config = Document(CONFIG, config_bytes)
    plain = [PlainLayer(layer, contents) for layer in image_layers if layer.diff_id not in forms]
    layers = [forms.get(layer.diff_id) or Descriptor(LAYER_TAR, layer.diff_id, layer.size) for layer in image_layers]
    manifest = canonical_json.dump(Manifest(config.descriptor, tuple(layers), annotations or {}).to_json())
    held: list[Blob] = [config, *plain, *blobs]
    by_digest = {blob.descriptor.digest: blob for blob in held}
    name = Reference.split(repo_tag)
    return ServedImage(name.path, name.tag or "", Document(MANIFEST, manifest), by_digest)


def _as_it_came(recipe: Recipe, verbatim: Verbatim, repo_tag: str) -> ServedImage:
    manifest = Manifest.from_json(canonical_json.load(verbatim.manifest.encode(), repo_tag), repo_tag)
    config = Document(manifest.config.media_type, verbatim.config.encode())
    named = [(layer.digest, layer.size) for layer in manifest.layers]
    sources = [layer.source for layer in recipe.layers if isinstance(layer.source, BlobSource)]
    found = [(source.digest, source.size) for source in sources]
    if found != named or config.descriptor.digest != manifest.config.digest:
        raise InvalidInput("manifest and blobs do not belong together", repo_tag, "build the image again")
    stored = (StoredBlob(layer, source.path) for layer, source in zip(manifest.layers, sources, strict=True))
    held: list[Blob] = [config, *stored]
    document = Document(manifest.media_type, verbatim.manifest.encode())
    name = Reference.split(repo_tag)
    return ServedImage(name.path, name.tag or "", document, {blob.descriptor.digest: blob for blob in held})


def _served_index(served: Sequence[ServedImage], index: ImageIndex) -> ServedImage:
    described = tuple(
        replace(image.manifest.descriptor, platform=recipe.platform)
        for image, recipe in zip(served, index.images, strict=True)
    )
    document = Document(INDEX, canonical_json.dump(Index(described).to_json()))
    blobs = {digest: blob for image in served for digest, blob in image.blobs.items()}
    named = {image.manifest.descriptor.digest: image.manifest for image in served}
    return ServedImage(served[0].repository, served[0].tag, document, blobs, named)
