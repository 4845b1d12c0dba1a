"""The members of a tar that somebody else wrote, read strictly: what is damaged is an error, never the end."""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, Self

from ..errors import InvalidImage


class _StrictInfo(tarfile.TarInfo):
    """A header block that is neither a member's nor the end is an error; tarfile takes it for the end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        if not buf.strip(b"\0"):
            # No byte at all is an end, too: an empty layer may be an empty file, and end blocks are often left out.
            return super().frombuf(bytes(tarfile.BLOCKSIZE), encoding, errors)
        try:
            info = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from error
        _check_size(info)
        return info


def _check_size(info: tarfile.TarInfo) -> None:
    # tarfile would go backwards in the file, and so round and round (CVE-2025-8194).
    if info.size < 0:
        raise tarfile.ReadError(f"member {info.name!r} has a negative size")


def read_members(file: BinaryIO, where: object) -> Iterator[tarfile.TarInfo]:
    """Yield the members of the uncompressed tar in `file`, in their order, without keeping any.

    file: need only seek forwards (not a pipe: tarfile's own streams copy their buffer for every header).
    Names are decoded as UTF-8 with surrogateescape, whatever the locale.
    Raises InvalidImage, naming `where`, for what is not a tar, damaged or truncated.
    """
    try:
        with tarfile.TarFile(fileobj=file, tarinfo=_StrictInfo, encoding="utf-8", errors="surrogateescape") as tar:
            while (info := tar.next()) is not None:
                _check_size(info)
                tar.members.clear()  # type: ignore[attr-defined]  # It keeps all: memory would grow with the layer.
                yield info
    except (tarfile.TarError, ValueError) as error:
        raise InvalidImage(f"damaged or truncated tar ({error})", where, "get it again, completely") from error


def member_path(name: str, where: object) -> str:
    """Bring a member's name, or what a link in the archive names, to the form without `/` or `./` in front.

    Raises InvalidImage where it climbs out of the archive.
    """
    path = posixpath.normpath(name.lstrip("/"))
    if path == ".." or path.startswith("../"):
        raise InvalidImage(f"{name!r} climbs out of the archive", where, "do not use this image, it may be an attack")
    return path
