"""Base images, in whichever form they are found: the one reader behind `fromImage`, mergeImages and exportImage.

docker-archive (`bases.docker_archive`): docker save, podman save, dockerTools, crane, kaniko.
OCI layout (`bases.oci_layout`): skopeo's oci: and oci-archive:, podman, buildx, crane, umoci, nixdock.
Both at once, over the same blobs: docker save since 25, buildx with type=docker.
skopeo's dir: (`bases.oci_layout`): skopeo, podman save --format docker-dir.
Each may be a directory, or a tar, plain or compressed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from ..documents import canonical_json
from ..errors import InvalidImage, InvalidInput
from .blobs import BlobImage
from .docker_archive import MANIFEST_FILE, Archive, ArchivedImage
from .files import DirectoryFiles, Files, TarFiles, open_files
from .oci_layout import INDEX_FILE, Layout, SkopeoDirectory

BaseImage = ArchivedImage | BlobImage

_ROOT_DIRECTORIES = {"bin", "dev", "etc", "lib", "nix", "proc", "root", "sbin", "sys", "usr", "var"}
_SHOWN = 3  # names in an error


class Reader(Protocol):
    """The images of one form, for linux on an architecture. Both raise InvalidInput where there is none."""

    def images(self, architecture: str, /) -> Sequence[BaseImage]: ...
    def pick(self, name: str | None, tag: str | None, architecture: str, /) -> BaseImage:
        """Return the image called NAME:TAG where both are given, else the first (fromImageName and fromImageTag)."""


@dataclass(frozen=True, slots=True)
class Base:
    """Images that others made; get one from `open_base`.

    files: where their layers are, under the names that the images have for them.
    """

    files: TarFiles | DirectoryFiles
    reader: Reader


@contextmanager
def open_base(path: str) -> Iterator[Base]:
    """Open the images at a path. Raises what `open_files` does, and InvalidImage for what holds no image."""
    with open_files(path) as files:
        yield Base(files, _reader(files))


class _ArchiveReader:
    """A docker-archive, which may be a layout too: that also knows images for other platforms."""

    def __init__(self, archive: Archive, layout: Layout | None) -> None:
        self._archive = archive
        self._layout = layout

    def images(self, _: str) -> Sequence[BaseImage]:
        return self._archive.images

    def pick(self, name: str | None, tag: str | None, architecture: str) -> BaseImage:
        image = self._archive.pick(name, tag)
        if self._layout and image.config.platform.architecture != architecture:
            with suppress(InvalidInput):
                return self._layout.pick(name, tag, architecture)
        return image


def _reader(files: TarFiles | DirectoryFiles) -> Reader:
    manifest = _manifest(files)
    if isinstance(manifest, dict):
        return SkopeoDirectory(files)
    layout = Layout(files) if INDEX_FILE in files else None
    if layout and (not manifest or isinstance(files, DirectoryFiles)):
        return layout  # of a directory's blobs it tells the digests
    if MANIFEST_FILE not in files:
        raise _no_image(files)
    return _ArchiveReader(Archive(files), layout)


def _manifest(files: Files) -> Any:
    """What manifest.json holds: a docker-archive's list, or the one manifest or index of skopeo's dir:."""
    if MANIFEST_FILE not in files:
        return None
    with files.open(MANIFEST_FILE) as file:
        value = canonical_json.read(file, files.where(MANIFEST_FILE))
    return value if not isinstance(value, dict) or "schemaVersion" in value else None


def _no_image(files: Files) -> InvalidImage:
    """Say what this looks like instead of an image, and how to make one of it."""
    names = sorted(files.names)
    if "repositories" in names:
        found = "it was saved by docker before 1.10; load it and save it again with a newer one"
    elif _ROOT_DIRECTORIES & {name.split("/")[0] for name in names}:
        found = "it looks like a plain root file system; use it as copyToRoot, or docker import it and save the image"
    elif any(".tar" in name or name.endswith(".tgz") for name in names) and isinstance(files, DirectoryFiles):
        found = f"it is a directory that holds {', '.join(names[:_SHOWN])}; name the archive in it"
    else:
        found = f"it is neither a docker-archive nor an OCI layout, it holds {', '.join(names[:_SHOWN]) or 'nothing'}"
    return InvalidImage("there is no manifest.json", files.path, found)
