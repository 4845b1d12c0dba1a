"""Recipes of images that others made."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from nixdock_hook.bases.base import open_base
from nixdock_hook.images.base_recipe import base_recipe
from nixdock_hook.layers.source import ArchiveSource, BlobSource
from nixdock_hook.oci.model import CONFIG, LAYER_GZIP, LAYER_TAR, MANIFEST
from tests.support.images import docker_archive, image_config, layer, sha256

LOWER, UPPER = layer({"etc/x": b"x"}), layer({"nix/store": None, "nix/store/" + "a" * 32 + "-a": b"a"})


def layout(path: Path, media_type: str = LAYER_GZIP) -> Path:
    """An OCI layout of one image."""
    blobs = path / "blobs/sha256"
    blobs.mkdir(parents=True)

    def blob(data: bytes, kind: str) -> dict[str, object]:
        (blobs / sha256(data).removeprefix("sha256:")).write_bytes(data)
        return {"mediaType": kind, "digest": sha256(data), "size": len(data)}

    config = json.dumps(image_config([LOWER, UPPER])).encode()
    packed = [blob(gzip.compress(data, mtime=0), media_type) for data in (LOWER, UPPER)]
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": blob(config, CONFIG), "layers": packed}
    index = {"schemaVersion": 2, "manifests": [blob(json.dumps(manifest).encode(), MANIFEST)]}
    (path / "index.json").write_text(json.dumps(index))
    (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return path


def test_layers_of_an_archive_are_its_members(tmp_path: Path) -> None:
    archive = docker_archive(tmp_path / "x.tar", [LOWER, UPPER], config={"Env": ["A=b"]})
    with open_base(str(archive)) as base:
        image = base.reader.pick(None, None, "amd64")
        recipe = base_recipe("base", "1", image, base.files)
    assert [layer.diff_id for layer in recipe.layers] == [sha256(LOWER), sha256(UPPER)]
    assert [layer.size for layer in recipe.layers] == [len(LOWER), len(UPPER)]
    assert [layer.source for layer in recipe.layers] == [ArchiveSource(str(archive), name) for name in image.layers]
    assert {layer.media_type for layer in recipe.layers} == {LAYER_TAR}
    assert (recipe.config, recipe.verbatim, list(recipe.base_holds)) == ({"Env": ["A=b"]}, None, ["a" * 32 + "-a"])


def test_blobs_stay_what_they_are_and_so_do_their_documents(tmp_path: Path) -> None:
    with open_base(str(layout(tmp_path / "layout"))) as base:
        recipe = base_recipe("base", None, base.reader.pick(None, None, "amd64"), base.files)
    packed = [gzip.compress(data, mtime=0) for data in (LOWER, UPPER)]
    sources = [layer.source for layer in recipe.layers]
    assert [(source.digest, source.size) for source in sources if isinstance(source, BlobSource)] == [
        (sha256(data), len(data)) for data in packed
    ]
    assert recipe.verbatim and json.loads(recipe.verbatim.config) == image_config([LOWER, UPPER])
    assert recipe.oci_config() == recipe.verbatim.config.encode()
