"""The Nix archive (NAR) of a path: its hash and its size, without writing it anywhere.

Format: Eelco Dolstra's thesis, figure 5.2. A string is its length (64 bit, little endian), its bytes, and zeros
up to a multiple of eight; a NAR is nothing but nested strings and parentheses.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable

from ..errors import InvalidInput, StoreChanged

_BASE32 = "0123456789abcdfghijklmnpqrsvwxyz"
_CHUNK = 1 << 20


def nar_hash_and_size(path: str) -> tuple[str, int]:
    """(`sha256:<base32>`, bytes) of the path's NAR: what `nix-store -q --hash` and `--size` say of a valid path."""
    sha256, size = hashlib.sha256(), 0

    def write(data: bytes) -> None:
        nonlocal size
        sha256.update(data)
        size += len(data)

    _string(write, b"nix-archive-1")
    try:
        _node(write, os.fsencode(path))
    except FileNotFoundError as error:
        what = f"{os.fsdecode(error.filename)} is missing"
        raise StoreChanged(what, path, "nix-store --repair-path") from error
    return "sha256:" + base32(sha256.digest()), size


def base32(digest: bytes) -> str:
    """Nix's own base 32: digits from the last five bits to the first, without e, o, t and u."""
    length = (len(digest) * 8 - 1) // 5 + 1
    number = int.from_bytes(digest, "little")
    return "".join(_BASE32[number >> 5 * digit & 31] for digit in reversed(range(length)))


_Write = Callable[[bytes], object]


def _string(write: _Write, *strings: bytes) -> None:
    for string in strings:
        write(len(string).to_bytes(8, "little") + string + bytes(-len(string) % 8))


def _node(write: _Write, path: bytes) -> None:
    status = os.lstat(path)
    _string(write, b"(", b"type")
    if stat.S_ISLNK(status.st_mode):
        _string(write, b"symlink", b"target", os.readlink(path))
    elif stat.S_ISDIR(status.st_mode):
        _string(write, b"directory")
        for name in sorted(os.listdir(path)):
            _string(write, b"entry", b"(", b"name", name, b"node")
            _node(write, path + b"/" + name)
            _string(write, b")")
    elif stat.S_ISREG(status.st_mode):
        _string(write, b"regular")
        if status.st_mode & stat.S_IXUSR:
            _string(write, b"executable", b"")
        _content(write, path, status.st_size)
    else:
        raise InvalidInput("a socket, fifo or device", path.decode(errors="replace"), "remove it: a NAR cannot hold it")
    _string(write, b")")


def _content(write: _Write, path: bytes, size: int) -> None:
    _string(write, b"contents")
    write(size.to_bytes(8, "little"))
    left = size
    with open(path, "rb", buffering=0) as file:
        while left and (data := file.read(min(_CHUNK, left))):
            write(data)
            left -= len(data)
    if left:
        raise StoreChanged("a file shrank while it was read", path.decode(errors="replace"), "nix-store --repair-path")
    write(bytes(-size % 8))
