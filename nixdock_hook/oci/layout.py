"""The OCI image layout, read: a directory of blobs by digest, and an index of what is in it (image-layout.md)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InvalidImage, InvalidInput
from . import canonical_json
from .archive import familiar_name
from .blobs import BlobFiles
from .digest import digest_of
from .lock import read_usable_manifest
from .model import INDEX, Descriptor, Index, Manifest

_INDEXES = (INDEX, "application/vnd.docker.distribution.manifest.list.v2+json")
# The name of an image: its tag as skopeo and umoci write it, NAME:TAG as containerd and docker do.
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")


@dataclass(frozen=True, slots=True)
class LayoutImage:
    """One image of a layout.

    repo_tag: NAME:TAG; `base` and `latest` for what the layout does not tell.
    manifest_text: what `manifest` was read from.
    """

    repo_tag: str
    manifest: Manifest
    manifest_text: str
    blobs: BlobFiles


def is_layout(path: str) -> bool:
    """Tell whether a path is a directory with an `oci-layout` file in it."""
    return os.path.isfile(os.path.join(path, "oci-layout"))


def read_layout(path: str, name: str | None, tag: str | None, architecture: str) -> LayoutImage:
    """The image called NAME:TAG, or just TAG, where both are given, else the first; for linux on this architecture.

    Raises InvalidInput where it is not there, with what is; InvalidImage where the layout is damaged.
    """
    where = os.path.join(path, "index.json")
    index = Index.from_json(canonical_json.load(_read(where), where), where)
    entries = index.manifests if name is None or tag is None else _named(index, name, tag, where)
    entry = _of_platform(entries, architecture, where)
    repo_tag = _name(entry)
    data = _blob(path, entry.digest)
    while entry.media_type in _INDEXES:  # several platforms under one name
        where = _place(path, entry.digest)
        entry = _of_platform(Index.from_json(canonical_json.load(data, where), where).manifests, architecture, where)
        data = _blob(path, entry.digest)
    manifest = read_usable_manifest(data, _place(path, entry.digest))
    digests = [manifest.config.digest, *(layer.digest for layer in manifest.layers)]
    blobs = BlobFiles({digest: _place(path, digest) for digest in digests})
    whole = repo_tag if ":" in repo_tag else f"base:{repo_tag or 'latest'}"
    return LayoutImage(whole, manifest, data.decode(), blobs)


def _name(entry: Descriptor) -> str:
    return next((entry.annotations[key] for key in _NAMES if key in entry.annotations), "")


def _named(index: Index, name: str, tag: str, where: str) -> list[Descriptor]:
    wanted = {familiar_name(f"{name}:{tag}"), tag}
    found = [entry for entry in index.manifests if familiar_name(_name(entry)) in wanted]
    if not found:
        there = ", ".join(filter(None, map(_name, index.manifests))) or "only images without a name"
        raise InvalidInput(f"there is no image {name}:{tag}", where, f"it holds {there}")
    return found


def _of_platform(entries: Iterable[Descriptor], architecture: str, where: str) -> Descriptor:
    """The first for linux/ARCHITECTURE, or for no platform that it tells."""
    platforms = []
    for entry in entries:
        if entry.platform is None or (entry.platform.os, entry.platform.architecture) == ("linux", architecture):
            return entry
        platforms.append(f"{entry.platform.os}/{entry.platform.architecture}")
    there = ", ".join(platforms) or "no image at all"
    raise InvalidInput(f"there is no image for linux/{architecture}", where, f"it holds {there}")


def _place(path: str, digest: str) -> str:
    return os.path.join(path, "blobs", *digest.split(":"))


def _blob(path: str, digest: str) -> bytes:
    data = _read(_place(path, digest))
    if digest_of(data) != digest:
        raise InvalidImage(f"the blob has the digest {digest_of(data)}", _place(path, digest), "get the layout again")
    return data


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return canonical_json.read_bytes(file, path)
    except OSError as error:
        raise InvalidImage("a file of the layout is missing", path, "get the layout again, completely") from error
