"""Base images made by hand with tarfile, independently of nixdock: what other tools write, and what none should."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

Files = Mapping[str, bytes | str | None]
"""Name → content of a file (bytes), target of a symlink (str), or None for a directory."""


def layer(files: Files, *, mode: int = 0o755, uid: int = 0, gid: int = 0) -> bytes:
    """An uncompressed layer with these members, in this order and under exactly these names."""
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.mode, member.uid, member.gid, member.mtime = mode, uid, gid, 1
            data = b""
            match content:
                case None:
                    member.type = tarfile.DIRTYPE
                case str(target):
                    member.type, member.linkname = tarfile.SYMTYPE, target
                case data:
                    member.size = len(data)
            tar.addfile(member, BytesIO(data))
    return buffer.getvalue()


def sha256(data: bytes) -> str:
    """The digest of these bytes as OCI writes it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def image_config(layers: Sequence[bytes], config: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An image configuration that describes these layers rightly, one history entry for each."""
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": "2020-02-02T02:02:02Z",
        "config": dict(config or {}),
        "rootfs": {"type": "layers", "diff_ids": [sha256(data) for data in layers]},
        "history": [{"created": "2020-02-02T02:02:02Z", "created_by": f"layer {n}"} for n in range(len(layers))],
    }


def docker_archive(
    path: Path,
    layers: Sequence[bytes],
    *,
    tags: Sequence[str] = ("base:1",),
    config: Mapping[str, Any] | None = None,
    image: Mapping[str, Any] | None = None,
) -> Path:
    """Write a docker-archive with one image and without a `repositories` file; returns its path.

    config: the container part of the image configuration. image: the whole of it instead, right or wrong.
    """
    stated = json.dumps(image or image_config(layers, config)).encode()
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    manifest = [{"Config": "config.json", "RepoTags": list(tags), "Layers": names}]
    members = {
        "config.json": stated,
        "manifest.json": json.dumps(manifest).encode(),
        **dict(zip(names, layers, strict=True)),
    }
    return write_tar(path, members.items())


def layers_of(archive: Path) -> list[bytes]:
    """The layers of the first image of a docker-archive (plain or gzip), lowest first."""
    with tarfile.open(archive) as tar:
        contents = {member.name: extracted.read() for member in tar if (extracted := tar.extractfile(member))}
    return [contents[name] for name in json.loads(contents["manifest.json"])[0]["Layers"]]


def gunzip(archive: Path, directory: Path) -> Path:
    """The uncompressed copy of a .tar.gz in `directory`; returns its path.

    For skopeo: Debian's 1.9.3 copies 8 bytes of any gzip file to its temporary one and then finds no tar in it.
    """
    plain = directory / archive.stem
    with gzip.open(archive) as compressed, plain.open("wb") as file:
        shutil.copyfileobj(compressed, file)
    return plain


def write_tar(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    """Write a tar of read-only files; returns its path."""
    with tarfile.open(path, "w") as tar:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o444
            tar.addfile(member, BytesIO(data))
    return path
