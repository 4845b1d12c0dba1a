"""docker-archives: what `docker save`, `podman save`, skopeo's `docker-archive:` and dockerTools write.

A tar with `manifest.json`, a list of `{"Config": MEMBER, "RepoTags": [NAME:TAG …], "Layers": [MEMBER …]}`, one for each
image (moby, image/spec/spec.md, "Combined Image JSON + Filesystem Changeset Format"). Nothing is unpacked to disk.
"""

from __future__ import annotations

import io
import os
import posixpath
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from shutil import copyfileobj
from typing import Any, BinaryIO, cast

from ..errors import InvalidImage, InvalidInput, NixdockError
from ..outputs import unnamed_file
from . import canonical_json
from .decompress import detect, open_decompressed
from .digest import CHUNK
from .fields import Fields
from .model import ImageConfig
from .tar_members import Member, member_path, read_members

_ROOT_DIRECTORIES = {"bin", "dev", "etc", "lib", "nix", "proc", "root", "sbin", "sys", "usr", "var"}


@dataclass(frozen=True, slots=True)
class ArchivedImage:
    """One entry of manifest.json.

    config_bytes: the config as it stands in the archive, for whoever must keep its digest.
    repo_tags: `NAME:TAG`, as the archive has them.
    layers: member names, the lowest first, one for each of `config.diff_ids`; the same may occur twice.
    """

    config: ImageConfig
    config_bytes: bytes
    repo_tags: tuple[str, ...]
    layers: tuple[str, ...]


class Archive:
    """An open docker-archive; get one from `open_archive`. Several threads may read its members at once."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        self.path = path
        self._file = file
        self._members = _index(file, path)
        self.images = self._read_images()

    def where(self, member: str) -> str:
        """The words that name a member in an error."""
        return f"member {member!r} of {self.path}"

    def open(self, member: str) -> BinaryIO:
        """The bytes of a member as they are in the archive (seekable). Links lead to what they name in the archive."""
        info = self._resolve(member)
        part = _FilePart(self._file.fileno(), info.offset, info.size, self.where(member))
        return cast(BinaryIO, io.BufferedReader(part, CHUNK))

    def pick(self, name: str | None = None, tag: str | None = None) -> ArchivedImage:
        """The image called NAME:TAG where both are given, else the first (fromImageName and fromImageTag)."""
        if name is None or tag is None:
            return self.images[0]
        wanted = familiar_name(f"{name}:{tag}")
        for image in self.images:
            if wanted in map(familiar_name, image.repo_tags):
                return image
        there = ", ".join(tag for image in self.images for tag in image.repo_tags) or "only images without a name"
        raise InvalidInput(f"there is no image {name}:{tag}", self.path, f"it holds {there}")

    def _resolve(self, member: str) -> Member:
        path, seen = member_path(member, self.path), set[str]()
        while True:
            info = self._members.get(path)
            if info is None:
                raise InvalidImage(f"there is no member {path!r}", self.path, "the archive is incomplete, get it again")
            if path in seen:
                raise InvalidImage(f"the link {member!r} leads back to itself", self.path, "get the image again")
            seen.add(path)
            target = info.target.decode("utf-8", "surrogateescape")
            if info.kind == "symlink":
                # As runtimes do, an absolute target starts at the archive's root.
                path = member_path(posixpath.join(posixpath.dirname(path), target), self.where(member))
            elif info.kind == "hardlink":
                path = member_path(target, self.where(member))
            else:
                return _checked_file(info, self.where(member))

    def _read(self, member: str) -> bytes:
        with self.open(member) as file:
            return canonical_json.read_bytes(file, self.where(member))

    def _read_images(self) -> tuple[ArchivedImage, ...]:
        if "manifest.json" not in self._members:
            raise _no_manifest(self._members, self.path)
        where = self.where("manifest.json")
        manifest = canonical_json.load(self._read("manifest.json"), where)
        if not isinstance(manifest, list) or not manifest:
            raise InvalidImage("this is not a list of images", where, "get the image again, as a docker-archive")
        configs: dict[str, tuple[bytes, ImageConfig]] = {}
        return tuple(self._read_image(entry, where, configs) for entry in manifest)

    def _read_image(self, entry: Any, where: str, configs: dict[str, tuple[bytes, ImageConfig]]) -> ArchivedImage:
        """configs: what was read already, by member: a manifest may name one config many times."""
        fields = Fields(entry)
        config_member, layers, repo_tags = fields.text("Config"), fields.texts("Layers"), fields.texts("RepoTags")
        fields.check(where)
        for layer in layers:
            self._resolve(layer)
        config_where = self.where(config_member)
        if config_member not in configs:
            data = self._read(config_member)
            configs[config_member] = data, ImageConfig.from_json(canonical_json.load(data, config_where), config_where)
        config_bytes, config = configs[config_member]
        if len(layers) != len(config.diff_ids):
            problem = f"{len(config.diff_ids)} diff IDs for {len(layers)} layers"
            raise InvalidImage(problem, config_where, "config and manifest.json do not belong together")
        return ArchivedImage(config, config_bytes, repo_tags, layers)


@contextmanager
def open_archive(path: str) -> Iterator[Archive]:
    """Open the docker-archive at `path`: a tar, plain or compressed with gzip or zstd, whatever its name.

    A compressed one is decompressed once, into a temporary file that has no name (in $TMPDIR).
    Raises InvalidInput where there is no file, InvalidImage where it is not a docker-archive or damaged.
    """
    with _open_file(path) as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise InvalidImage("an empty file is no image", path, "get it again")
        if detect(file) == "none":
            yield Archive(file, path)
        else:
            with unnamed_file() as plain:
                _unpack(file, plain, path)
                yield Archive(plain, path)


def familiar_name(reference: str) -> str:
    """The short form of a name on docker's own hub: `docker.io/library/x:1` and `library/x:1` are `x:1`."""
    return reference.removeprefix("docker.io/").removeprefix("library/")


def _open_file(path: str) -> BinaryIO:
    try:
        return open(path, "rb")
    except IsADirectoryError as error:
        raise InvalidInput("a directory is no docker-archive", path, "give the archive's file") from error
    except OSError as error:
        raise InvalidInput("cannot open the image", path, error.strerror or "") from error


def _unpack(file: BinaryIO, plain: BinaryIO, path: str) -> None:
    with open_decompressed(file, path) as source:
        try:
            copyfileobj(source, plain, CHUNK)
            plain.seek(0)
        except OSError as error:
            problem = f"cannot decompress {path} ({error.strerror})"
            raise NixdockError(problem, tempfile.gettempdir(), "free some space, or set TMPDIR") from error


def _index(file: BinaryIO, path: str) -> dict[str, Member]:
    """The members by normalised name; of several with one name the last counts, as it does when tar unpacks them."""
    return {member_path(info.name.decode("utf-8", "surrogateescape"), path): info for info in read_members(file, path)}


def _checked_file(info: Member, where: str) -> Member:
    if info.kind != "file":
        raise InvalidImage("this is not a file", where, "get the image again")
    return info


def _no_manifest(members: Mapping[str, Member], path: str) -> InvalidImage:
    """Say what the tar looks like instead of a docker-archive, and how to make one of it."""
    if "index.json" in members or "oci-layout" in members:
        found = "it looks like an OCI layout; convert it: skopeo copy oci-archive:FILE docker-archive:NEW_FILE"
    elif "repositories" in members:
        found = "it was saved by docker before 1.10; load it and save it again with a newer one"
    elif _ROOT_DIRECTORIES & {name.split("/")[0] for name in members}:
        found = "it looks like a plain root file system; use it as copyToRoot, or docker import it and save the image"
    else:
        found = f"it is not a docker-archive, it holds {', '.join(sorted(members)[:3]) or 'nothing'}"
    return InvalidImage("there is no manifest.json", path, found)


class _FilePart(io.RawIOBase):
    """A part of a file, with a position of its own."""

    def __init__(self, descriptor: int, start: int, size: int, where: str) -> None:
        self._descriptor, self._start, self._size, self._where = descriptor, start, size, where
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")[: max(0, self._size - self._position)]
        count = os.preadv(self._descriptor, [view], self._start + self._position)
        if view and not count:
            raise InvalidImage("the archive got shorter while it was read", self._where, "leave it alone, try again")
        self._position += count
        return count
