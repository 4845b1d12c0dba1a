"""The image that is moved, in two versions: what Nix built of images.nix, and what each client has to find in it."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.images import sha256
from tests.support.registry import Registry
from tests.support.tools import need, output

NAME = "team/matrix"
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True)
class Content:
    """What an image is, however it is packed. Its config's digest is docker's image ID."""

    config: str
    diff_ids: tuple[str, ...]


@dataclass(frozen=True)
class Version:
    """files: attribute of images.nix → store path. sizes: diff ID → bytes of the uncompressed layer."""

    tag: str
    files: Mapping[str, Path]
    content: Content
    sizes: Mapping[str, int]

    @property
    def name(self) -> str:
        return f"{NAME}:{self.tag}"


@dataclass(frozen=True)
class Subject:
    """The second version is the first with a file changed."""

    first: Version
    second: Version

    @classmethod
    def read(cls, document: Path) -> Subject:
        """Read what images.nix became."""
        built = json.loads(document.read_text())
        versions = (_version(str(tag), built[which]) for tag, which in enumerate(("first", "second"), 1))
        return cls(*versions)

    @property
    def new(self) -> Mapping[str, int]:
        """Sizes of the layers that the second version has and the first has not."""
        return {layer: size for layer, size in self.second.sizes.items() if layer not in self.first.sizes}


def _version(tag: str, files: Mapping[str, str]) -> Version:
    paths = {name: Path(path) for name, path in files.items()}
    recipe = json.loads((paths["recipe"] / "image.json").read_text())
    sizes = {layer["diff_id"]: layer["size"] for layer in recipe["layers"]}
    # The archive's own words are those of the writer that is tested; the layers' digests are the recipe's.
    content = Content(saved_content(paths["archive"]).config, tuple(layer["diff_id"] for layer in recipe["layers"]))
    return Version(tag, paths, content, sizes)


def saved_content(file: Path) -> Content:
    """What is in an archive with a manifest.json, by its bytes alone. AssertionError where a part of it is missing."""
    with tarfile.open(file) as tar:

        def member(name: str) -> bytes:
            try:
                found = tar.extractfile(name)
            except KeyError:
                found = None
            assert found, f"what was saved lacks {name}"
            return found.read()

        [image] = json.loads(member("manifest.json"))
        layers = tuple(sha256(_uncompressed(member(name))) for name in image["Layers"])
        return Content(sha256(member(image["Config"])), layers)


def pushed_content(registry: Registry, manifest: Mapping[str, Any]) -> Content:
    """What a registry has of an image. OSError where a blob is missing."""

    def blob(descriptor: Mapping[str, Any]) -> bytes:
        return registry.blob_file(descriptor["digest"]).read_bytes()

    layers = tuple(sha256(_uncompressed(blob(layer))) for layer in manifest["layers"])
    return Content(sha256(blob(manifest["config"])), layers)


def _uncompressed(data: bytes) -> bytes:
    if data.startswith(_GZIP):
        return gzip.decompress(data)
    if data.startswith(_ZSTD):
        return output(need("zstd"), "-dc", stdin=data)
    return data
