"""The docker-archive: what `docker load`, `podman load` and skopeo's `docker-archive:` read.

A tar with manifest.json (moby, image/spec/spec.md), `repositories` (for docker before 1.10), each image's config as
DIGEST.json and each layer once, uncompressed, as DIGEST/layer.tar. manifest.json comes first: readers of a file
need not seek. The bytes follow from the recipes alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import BinaryIO, Protocol

from ..errors import InvalidInput
from ..image import Layer, Recipe
from ..layers.compress import gzip_writer, zstd_writer
from ..layers.content import LayerContents, layer_contents
from ..layers.headers import BLOCK, header
from ..layers.source import Owner
from ..layers.tree import Entry
from ..oci import canonical_json
from ..oci.digest import digest_of

COMPRESSORS = ("none", "gz", "zstd")
"""Of the archive as a whole; the layers inside stay uncompressed."""


class Output(Protocol):
    """Where an archive goes."""

    def write(self, data: bytes | memoryview, /) -> object: ...


def write_docker_archive(images: Sequence[tuple[Recipe, str]], output: Output) -> None:
    """Write an archive of (recipe, NAME:TAG) pairs in one pass over their layers; equal blobs are written once.

    Raises StoreChanged where a layer no longer has the recipe's digest; the output then lacks its end.
    """
    configs = {_hex(digest_of(recipe.oci_config())) + ".json": recipe.oci_config() for recipe, _ in images}
    layers = {layer.diff_id: layer for recipe, _ in images for layer in recipe.layers}
    documents = {"manifest.json": _manifest(images), "repositories": _repositories(images), **configs}
    for name, data in documents.items():
        _write_header(output, name, len(data))
        output.write(data)
        _pad(output, len(data))
    with layer_contents() as contents:
        for layer in layers.values():
            _write_layer(output, layer, contents)
    output.write(bytes(2 * BLOCK))


@contextmanager
def archive_file(path: str, compressor: str) -> Iterator[Output]:
    """A file that appears under its name when it is whole, compressed on its way."""
    temporary = f"{path}.new"
    try:
        with open(temporary, "wb") as file, _compressed(file, compressor) as output:
            yield output
        os.replace(temporary, path)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise


def _compressed(file: BinaryIO, compressor: str) -> AbstractContextManager[Output]:
    match compressor:
        case "gz":
            return gzip_writer(file.write)
        case "zstd":
            return zstd_writer(file.write)
        case "none":
            return nullcontext(file)
    raise InvalidInput(f"{compressor!r}", "compressor", f"use one of {', '.join(COMPRESSORS)}")


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")


def _layer_name(diff_id: str) -> str:
    return f"{_hex(diff_id)}/layer.tar"


def _manifest(images: Sequence[tuple[Recipe, str]]) -> bytes:
    return canonical_json.dump(
        [
            {
                "Config": f"{_hex(digest_of(recipe.oci_config()))}.json",
                "RepoTags": [repo_tag],
                "Layers": [_layer_name(layer.diff_id) for layer in recipe.layers],
            }
            for recipe, repo_tag in images
        ]
    )


def _repositories(images: Sequence[tuple[Recipe, str]]) -> bytes:
    repositories: dict[str, dict[str, str]] = {}
    for recipe, repo_tag in images:
        name, _, tag = repo_tag.rpartition(":")
        if not recipe.layers:  # a base image may have none; there is nothing that this file could say of it
            continue
        repositories.setdefault(name, {})[tag] = _hex(recipe.layers[-1].diff_id)
    return canonical_json.dump(repositories)


def _write_layer(output: Output, layer: Layer, contents: LayerContents) -> None:
    _write_header(output, _layer_name(layer.diff_id), layer.size)
    contents.write(layer.source, (layer.diff_id, layer.size), output.write)
    _pad(output, layer.size)


def _write_header(output: Output, name: str, size: int) -> None:
    output.write(header(name.encode(), Entry("file", 0o644, size=size), Owner(), 1))


def _pad(output: Output, size: int) -> None:
    output.write(bytes(-size % BLOCK))
