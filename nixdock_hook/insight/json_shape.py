"""The JSON that `nixdock inspect --json` prints, and the parts of it that `diff --json` and the report share.

Version 1. Keys may be added to it; what a key means stays as long as the version does. Sizes are bytes.

    version         1
    source, kind    what was opened, as it was typed, and what that is: recipe, layers, docker-archive, oci-layout,
                    registry, docker-daemon, podman
    name, tag       null where it has none
    platform        {os, architecture, variant?}
    created         RFC 3339, or null
    digests         {manifest, config, index}: each a digest or null; a recipe's manifest is that of `nixdock serve`
    annotations     of the manifest
    config          the OCI config: Env, Cmd …
    layers          the lowest first: {diffId, size (of the tar; null: not fetched), blob ({mediaType, digest, size} as
                    it is kept, or null), createdBy, fromBase, paths (how many store paths, or null)}
    paths           null where nobody looked (docker://, without --paths, --tree or --why), else sorted:
                    {path, name, version, output (as the name has them), narSize (or null), layer (its diff ID, or
                    null), references (or null where nobody looked: --tree does)}
    roots           what mentions store paths by itself → these; {} without --tree or --why
    why             with --why: {path: [root, path, …, path itself]}, [] where nothing leads to it
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..oci.model import Descriptor
from .opened.model import ImageLayer, OpenedImage, StorePath
from .opened.packages import package_of

VERSION = 1


def image_document(image: OpenedImage) -> dict[str, Any]:
    """Return an image as above, without `version` and `why`."""
    counts = Counter(path.layer for path in image.paths or ())
    return {
        "source": image.source,
        "kind": image.kind,
        "name": image.name or None,
        "tag": image.tag,
        "platform": image.platform.to_json(),
        "created": image.created,
        "digests": {"manifest": image.manifest, "config": image.config_digest, "index": image.index},
        "annotations": dict(image.annotations),
        "config": dict(image.config),
        "layers": [
            layer_document(layer) | {"paths": None if image.paths is None else counts[number]}
            for number, layer in enumerate(image.layers)
        ],
        "paths": None if image.paths is None else [_path(path, image) for path in image.paths],
        "roots": {root: list(paths) for root, paths in image.roots.items()},
    }


def layer_document(layer: ImageLayer) -> dict[str, Any]:
    """Return a layer as above, without the number of its paths."""
    return {
        "diffId": layer.diff_id,
        "size": layer.size,
        "blob": _blob(layer.blob),
        "createdBy": layer.created_by,
        "fromBase": layer.from_base,
    }


def _blob(blob: Descriptor | None) -> dict[str, Any] | None:
    return {"mediaType": blob.media_type, "digest": blob.digest, "size": blob.size} if blob else None


def _path(path: StorePath, image: OpenedImage) -> dict[str, Any]:
    package = package_of(path.path)
    return {
        "path": path.path,
        "name": package.name,
        "version": package.version,
        "output": package.output,
        "narSize": path.nar_size,
        "layer": None if path.layer is None else image.layers[path.layer].diff_id,
        "references": None if path.references is None else list(path.references),
    }
