"""The docker-archive: what `docker load`, `podman load` and skopeo's `docker-archive:` read.

A tar with manifest.json (moby, image/spec/spec.md), `repositories` (for docker before 1.10), each image's config as
DIGEST.json and each layer once, uncompressed, as DIGEST/layer.tar. manifest.json comes first: readers of a file
need not seek. The bytes follow from the recipes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, Literal, Protocol, Self, get_args

from ..compression.compress import gzip_writer, zstd_writer
from ..documents import canonical_json
from ..errors import InvalidInput, shown
from ..images.recipe import Recipe
from ..layers.buffers import Write
from ..layers.content import layer_contents
from ..layers.headers import BLOCK, header
from ..layers.source import Layer
from ..oci.digest import digest_of
from ..oci.reference import Reference
from ..outputs import whole_file
from ..trees.tree import Entry, Owner
from .listener import Listener

ArchiveCompressor = Literal["none", "gzip", "zstd"]
COMPRESSORS: tuple[ArchiveCompressor, ...] = get_args(ArchiveCompressor)
"""Of the archive as a whole; the layers inside stay uncompressed."""


class Output(Protocol):
    """Where an archive goes."""

    def write(self, data: bytes | memoryview, /) -> object: ...


@dataclass(frozen=True, slots=True)
class CountedOutput:
    """An output that tells the listener how much went into it."""

    output: Output
    listener: Listener

    def write(self, data: bytes | memoryview, /) -> None:
        self.output.write(data)
        self.listener.archived(len(data))


@dataclass(frozen=True, slots=True)
class NamedImage:
    """An image as an archive holds it.

    config: the OCI image config's bytes; one of others stays as it is, because its digest is the image's ID.
    repo_tags: each a NAME:TAG; none for an image without a name.
    annotations: of its manifest, where the archive is a layout, too.
    """

    config: bytes
    layers: tuple[Layer, ...]
    repo_tags: tuple[str, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, recipe: Recipe, repo_tag: str) -> Self:
        """Return the image of a recipe under one name."""
        return cls(recipe.oci_config(), recipe.layers, (repo_tag,), recipe.annotations)


def write_docker_archive(images: Sequence[NamedImage], output: Output) -> None:
    """Write an archive of these images in one pass over their layers; equal blobs are written once.

    Raises StoreChanged where a layer no longer has the recipe's digest; the output then lacks its end.
    """
    configs = {_config_name(image): image.config for image in images}
    layers = {layer.diff_id: layer for image in images for layer in image.layers}
    documents = {"manifest.json": _manifest(images), "repositories": _repositories(images), **configs}
    for name, data in documents.items():
        write_document(output, name, data)
    with layer_contents() as contents:
        for layer in layers.values():
            give = partial(contents.write, layer.source, (layer.diff_id, layer.size))
            write_member(output, _layer_name(layer.diff_id), layer.size, give)
    write_end(output)


def write_member(output: Output, name: str, size: int, give: Callable[[Write], object]) -> None:
    """Write one file of an archive. give: gives its `size` bytes to a function, piece by piece."""
    output.write(header(name.encode(), Entry("file", 0o644, size=size), Owner(), 1))
    give(output.write)
    output.write(bytes(-size % BLOCK))


def write_document(output: Output, name: str, data: bytes) -> None:
    """Write one file that is in memory."""
    write_member(output, name, len(data), lambda write: write(data))


def write_end(output: Output) -> None:
    """Write what ends a tar."""
    output.write(bytes(2 * BLOCK))


@contextmanager
def archive_file(path: str, compressor: ArchiveCompressor) -> Iterator[Output]:
    """Give a file that appears under its name when it is whole (`outputs.whole_file`), compressed on its way."""
    with whole_file(path) as file, compressed(file, compressor) as output:
        yield output


def compressed(file: BinaryIO, compressor: ArchiveCompressor) -> AbstractContextManager[Output]:
    """Compress what goes to a file."""
    match compressor:
        case "gzip":
            return gzip_writer(file.write)
        case "zstd":
            return zstd_writer(file.write)
        case "none":
            return nullcontext(file)


def checked_compressor(given: object) -> ArchiveCompressor:
    """Return the `compressor` that a user gave in Nix. Raises InvalidInput for another word."""
    for word in COMPRESSORS:
        if given == word:
            return word
    raise InvalidInput(shown(given), "compressor", f"use one of {', '.join(COMPRESSORS)}")


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")


def _layer_name(diff_id: str) -> str:
    return f"{_hex(diff_id)}/layer.tar"


def _config_name(image: NamedImage) -> str:
    return f"{_hex(digest_of(image.config))}.json"


def _manifest(images: Sequence[NamedImage]) -> bytes:
    return canonical_json.dump(
        [
            {
                "Config": _config_name(image),
                "RepoTags": list(image.repo_tags),
                "Layers": [_layer_name(layer.diff_id) for layer in image.layers],
            }
            for image in images
        ]
    )


def _repositories(images: Sequence[NamedImage]) -> bytes:
    repositories: dict[str, dict[str, str]] = {}
    for image in images:
        if not image.layers:  # a base image may have none; there is nothing that this file could say of it
            continue
        for repo_tag in image.repo_tags:
            name = Reference.split(repo_tag)
            repositories.setdefault(name.name, {})[name.tag or ""] = _hex(image.layers[-1].diff_id)
    return canonical_json.dump(repositories)
