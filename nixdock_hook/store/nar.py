"""The Nix archive (NAR) of a store path: its hash and its size, without writing it anywhere.

Format: Eelco Dolstra's thesis, figure 5.2. A string is its length (64 bit, little endian), its bytes, and zeros
up to a multiple of eight; a NAR is nothing but nested strings and parentheses.
"""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from ..errors import InvalidInput, StoreChanged

_BASE32 = "0123456789abcdfghijklmnpqrsvwxyz"
_CHUNK = 1 << 20


def nar_hash_and_size(path: str) -> tuple[str, int]:
    """Return (`sha256:<base32>`, bytes) of the path's NAR, as `nix-store -q --hash` and `--size` do of a valid path."""
    nar = NarHash()
    try:
        nar.tree(os.fsencode(path), lambda path: _node(nar, path))
    except FileNotFoundError as error:
        what = f"{os.fsdecode(error.filename)} is missing"
        raise StoreChanged(what, path, "nix-store --repair-path") from error
    return nar.finish()


class NarHash:
    """Takes what a NAR is made of, node by node, depth first.

    also: gets the NAR's bytes too, in pieces of any size.
    """

    def __init__(self, also: Callable[[bytes], object] | None = None) -> None:
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._also = also
        self._pending = bytearray()
        self._strings(b"nix-archive-1")

    def symlink(self, target: bytes) -> None:
        self._strings(b"(", b"type", b"symlink", b"target", target, b")")

    def file(self, executable: bool, size: int, content: Iterable[bytes]) -> None:
        """Hand in a file; content: its bytes, exactly `size` of them."""
        self._strings(b"(", b"type", b"regular", *((b"executable", b"") if executable else ()), b"contents")
        self._write(size.to_bytes(8, "little"))
        for data in content:
            self._write(data)
        self._write(bytes(-size % 8))
        self._strings(b")")

    def tree(self, top: bytes, node: Callable[[bytes], Iterable[bytes] | None]) -> None:
        """Hand in what is at `top` and below it, however deep.

        node(PATH): hands in the file or symlink that is there and returns None, or returns the names in a directory.
        """
        todo: list[tuple[bytes, bytes | None]] = [(b"", top)]  # name in its directory, path; None: something ends
        while todo:
            name, path = todo.pop()
            if path is None:
                self._strings(b")")
                continue
            if name:
                self._strings(b"entry", b"(", b"name", name, b"node")
                todo.append((b"", None))
            names = node(path)
            if names is not None:
                self._strings(b"(", b"type", b"directory")
                todo.append((b"", None))
                todo += [(child, path + b"/" + child) for child in sorted(names, reverse=True)]

    def finish(self) -> tuple[str, int]:
        """Return (`sha256:<base32>`, bytes) of the NAR."""
        self._flush()
        return "sha256:" + base32(self._sha256.digest()), self._size

    def _strings(self, *strings: bytes) -> None:
        for string in strings:
            self._write(len(string).to_bytes(8, "little") + string + bytes(-len(string) % 8))

    def _write(self, data: bytes) -> None:
        self._pending += data
        if len(self._pending) >= _CHUNK:
            self._flush()

    def _flush(self) -> None:
        data = bytes(self._pending)
        self._pending.clear()
        self._sha256.update(data)
        self._size += len(data)
        if self._also is not None:
            self._also(data)


def _strings_size(*strings: bytes) -> int:
    return sum(8 + len(string) + -len(string) % 8 for string in strings)


# How many bytes a NAR has, from what is known without reading it: the sum of `BARE_NAR_SIZE`, and for each node its own
# size and, in a directory, `entry_nar_size` of its name.

BARE_NAR_SIZE = _strings_size(b"nix-archive-1")
DIRECTORY_NAR_SIZE = _strings_size(b"(", b"type", b"directory", b")")
_ENTRY = _strings_size(b"entry", b"(", b"name", b"node", b")")
_SYMLINK = _strings_size(b"(", b"type", b"symlink", b"target", b")")
_FILE = _strings_size(b"(", b"type", b"regular", b"contents", b")") + 8
_EXECUTABLE = _strings_size(b"executable", b"")


def entry_nar_size(name: bytes) -> int:
    """Return the bytes that make a node one of a directory."""
    return _ENTRY + _strings_size(name)


def symlink_nar_size(target: bytes) -> int:
    """Return the bytes of a symlink."""
    return _SYMLINK + _strings_size(target)


def file_nar_size(executable: bool, size: int) -> int:
    """Return the bytes of a file of `size` bytes."""
    return _FILE + size + -size % 8 + (_EXECUTABLE if executable else 0)


def base32(digest: bytes) -> str:
    """Nix's own base 32: digits from the last five bits to the first, without e, o, t and u."""
    length = (len(digest) * 8 - 1) // 5 + 1
    number = int.from_bytes(digest, "little")
    return "".join(_BASE32[number >> 5 * digit & 31] for digit in reversed(range(length)))


def hexadecimal(base32_text: str) -> str:
    """Return the digits of what `base32` wrote, two for each byte."""
    number = 0
    for digit in base32_text:
        number = number << 5 | _BASE32.index(digit)
    return number.to_bytes(len(base32_text) * 5 // 8, "little").hex()


def base32_hash(given: str) -> str:
    """Write a SHA-256 hash as `sha256:<base32>`, whether Nix gave it so, as SRI (`sha256-…`), or as hexadecimal digits.

    A text of no such form stays as it is.
    """
    algorithm, separator, text = given.replace("-", ":", 1).partition(":")
    try:
        if "-" in given and ":" not in given:
            return f"{algorithm}:{base32(base64.b64decode(text, validate=True))}"
        return f"{algorithm}:{base32(bytes.fromhex(text))}" if separator and len(text) == 64 else given
    except ValueError:
        return given


def read_content(file: BinaryIO, size: int, where: bytes) -> Iterator[bytes]:
    """Yield the next `size` bytes of a file. Raises StoreChanged, naming `where`, if there are fewer."""
    left = size
    while left and (data := file.read(min(_CHUNK, left))):
        yield data
        left -= len(data)
    if left:
        raise StoreChanged("a file shrank while it was read", where.decode(errors="replace"), "nix-store --repair-path")


def _node(nar: NarHash, path: bytes) -> list[bytes] | None:
    """Hand in a file or symlink; the names in a directory."""
    status = os.lstat(path)
    if stat.S_ISDIR(status.st_mode):
        return os.listdir(path)
    if stat.S_ISLNK(status.st_mode):
        nar.symlink(os.readlink(path))
    elif stat.S_ISREG(status.st_mode):
        with open(path, "rb", buffering=0) as file:
            content = read_content(file, status.st_size, path)
            nar.file(bool(status.st_mode & stat.S_IXUSR), status.st_size, content)
    else:
        raise InvalidInput("a socket, fifo or device", path.decode(errors="replace"), "remove it: a NAR cannot hold it")
    return None
