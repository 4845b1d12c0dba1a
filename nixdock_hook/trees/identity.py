"""What tells whether a store path in a base's layers is the one that Nix has here: digests over all of its content.

A node's identity is a few bytes that two nodes share only where a container cannot tell them apart: kind, executable or
not, and the digest of a file's bytes or a symlink's target. Owners and times are the image's choice and do not count.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from functools import cache

from ..bases.tar_members import Member
from ..errors import StoreChanged
from ..oci.digest import CHUNK, sha256
from .overlay import Directory, Node

FILE, PROGRAM, SYMLINK, DIRECTORY, UNKNOWN = b"f", b"x", b"l", b"d", b"?"
"""How identities begin; the last two are whole ones. Nothing here is UNKNOWN: so is what no store path may hold."""

_SPECIAL_OR_SHARED = 0o7022  # setuid, setgid, sticky; for others to write
_READABLE, _EXECUTABLE = 0o444, 0o111


def member_kind(member: Member) -> bytes:
    """Return how a member's identity begins; UNKNOWN where it is more, or less, than a store path's node may be.

    Nix has modes 0444 and 0555, of which images may change what the owner may do. Attributes could be capabilities.
    """
    if member.kind == "symlink":
        return SYMLINK
    executable = member.mode & _EXECUTABLE
    strange = member.mode & _SPECIAL_OR_SHARED or member.mode & _READABLE != _READABLE or member.xattrs
    if strange or executable not in (0, _EXECUTABLE):
        return UNKNOWN
    if member.kind == "directory":
        return DIRECTORY if executable else UNKNOWN
    return (PROGRAM if executable else FILE) if member.kind in ("file", "hardlink") else UNKNOWN


def of_bytes(kind: bytes, content: Iterable[bytes]) -> bytes:
    """Return the identity of a FILE, PROGRAM or SYMLINK, the content of which is its target."""
    digest = sha256()
    for data in content:
        digest.update(data)
    return kind + digest.digest()


def tree_digest(node: Node[bytes]) -> str:
    """Return the digest over all names and identities at and below a node of what layers show."""
    return _digest(_list_node(node))


@cache
def path_digest(path: str) -> str:
    """Return the same of a store path of this machine; each is read once.

    Raises StoreChanged where the path is not there, or vanishes.
    """
    try:
        return _digest(_list_path(os.fsencode(path)))
    except OSError as error:
        remedy = "nix-store --verify --check-contents --repair"
        raise StoreChanged(f"cannot read the store path ({error.strerror})", path, remedy) from error


def _digest(nodes: Iterable[tuple[bytes, bytes]]) -> str:
    """Digest of (name, relative to the store path; identity)."""
    result = sha256()
    for name, identity in sorted(nodes):
        result.update(b"%d %d %s%s" % (len(name), len(identity), name, identity))
    return f"sha256:{result.hexdigest()}"


def _list_node(node: Node[bytes]) -> Iterator[tuple[bytes, bytes]]:
    pending: list[tuple[bytes, Node[bytes]]] = [(b"", node)]
    while pending:
        name, node = pending.pop()
        if isinstance(node, Directory):
            yield name, node.entry or DIRECTORY
            pending.extend((name + b"/" + child, below) for child, below in node.items())
        else:
            yield name, node


def _list_path(path: bytes) -> Iterator[tuple[bytes, bytes]]:
    pending: list[tuple[bytes, os.stat_result]] = [(b"", os.lstat(path))]
    while pending:
        name, status = pending.pop()
        if stat.S_ISDIR(status.st_mode):
            yield name, DIRECTORY
            with os.scandir(path + name) as entries:
                pending.extend((name + b"/" + entry.name, entry.stat(follow_symlinks=False)) for entry in entries)
        elif stat.S_ISREG(status.st_mode):
            yield name, of_bytes(PROGRAM if status.st_mode & stat.S_IXUSR else FILE, _read(path + name))
        elif stat.S_ISLNK(status.st_mode):
            yield name, of_bytes(SYMLINK, [os.readlink(path + name)])
        else:
            yield name, b"other"


def _read(path: bytes) -> Iterator[bytes]:
    with open(path, "rb", buffering=0) as file:
        while data := file.read(CHUNK):
            yield data
