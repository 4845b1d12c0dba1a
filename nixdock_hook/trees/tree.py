"""Trees of a layer: one form for every path, and entries as they are read from directories and root tars."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ..bases.member_names import normalise
from ..bases.tar_members import Member, read_members
from ..errors import InvalidImage, InvalidInput, StoreChanged, shown

_ARGUMENTS = "copyToRoot or contents"
"""What users call roots."""

MOST_LINKS = 40
"""How many symlinks Linux follows in one path (path_resolution(7))."""

MOST_COPIED = 2 << 30
"""Bytes that hard links of a base may take where they have to be copies: a few megabytes could fill any disk, but
busybox has 400 names for one megabyte, git 150 for three."""

_SLASH = re.compile(b"/")

Kind = Literal["file", "directory", "symlink", "fifo", "char", "block"]

_ID = re.compile("[0-9]{1,10}")
_MODE = re.compile("[0-7]{3,4}|0[0-7]{4}")
_MOST_ID = (1 << 32) - 2
"""The last user or group: chown takes the number after it, -1 in 32 bits, for "leave it as it is"."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns the members of a layer, unless a root tar recorded something else."""

    uid: int = 0
    gid: int = 0
    uname: str = "root"
    gname: str = "root"


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of a layer, without its name.

    mode: the twelve permission bits. size: bytes of content, for files.
    target: what a symlink holds.
    origin: where it is: (path on disk, offset of a file's content in it), see `is_part`.
    owner, mtime: None = the layer's.
    xattrs: (name, value) pairs, sorted.
    """

    kind: Kind
    mode: int
    size: int = 0
    target: bytes = b""
    origin: tuple[bytes, int] = (b"", 0)
    owner: Owner | None = None
    mtime: int | None = None
    device: tuple[int, int] = (0, 0)
    xattrs: tuple[tuple[str, bytes], ...] = ()

    @property
    def is_recorded(self) -> bool:
        """True where the owner is known: a script, or another's layer, said so. What is just here has the layer's."""
        return self.owner is not None

    @property
    def is_part(self) -> bool:
        """True where a file is a part of a tar, which never begins with one; else it is a file of its own."""
        return self.origin[1] != 0


def owner_from_json(value: Any) -> Owner:
    """Read the owner that a user gave in Nix; ids may be strings of digits, as dockerTools takes them."""
    if not isinstance(value, dict):
        raise InvalidInput(f"owner = {shown(value):.100}", "", "it has uid, gid, uname and gname")
    uid, gid = (checked_id(name, value.get(name)) for name in ("uid", "gid"))
    for name in ("uname", "gname"):
        if not isinstance(value.get(name), str):
            raise InvalidInput(f"{name} = {shown(value.get(name))}", "", "it is a string: put it in quotes")
    return Owner(uid, gid, value["uname"], value["gname"])


def checked_id(name: str, given: Any) -> int:
    """Return a user or group id that a user gave in Nix, as a number or as a string of digits."""
    digits = str(given)
    if not _ID.fullmatch(digits) or int(digits) > _MOST_ID:
        raise InvalidInput(f"{name} = {shown(given):.100}", "", "it is a number, like 1000")
    return int(digits)


def checked_mode(digits: str, where: str) -> int:
    """Return the permission bits that a user gave in Nix, as octal digits; `where` is the argument, for errors."""
    if not _MODE.fullmatch(digits):
        raise InvalidInput(f"the mode {digits!r}", where, 'write it in octal digits, like "0755"')
    return int(digits, 8)


def parents(path: bytes) -> list[bytes]:
    """Return the directories that a normalised path is in, the topmost first, without the root."""
    # Not joined from its parts anew for each: a base may have paths of 2,000 parts, and 50,000 such directories.
    return [path[: slash.start()] for slash in _SLASH.finditer(path)]


Tree = dict[bytes, Entry]
"""Normalised path -> entry, every parent included, the root itself left out."""


def joined(directory: bytes, name: bytes) -> bytes:
    """Return the path of a name in a directory, of which the root is b""."""
    return directory + b"/" + name if directory else name


def link_target(link: bytes, entry: Entry) -> bytes:
    """Return where the symlink at a path leads to, as a normalised path; `..` above the root is the root."""
    start = b"" if entry.target.startswith(b"/") else link.rpartition(b"/")[0]
    return normalise(os.path.normpath(b"/" + joined(start, entry.target)))


def resolved(tree: Tree, path: bytes, where: object) -> bytes:
    """Follow every symlink of a path inside a tree; where it ends need not exist.

    Raises InvalidInput, naming `where`, for symlinks that lead in a circle.
    """
    done, todo, links = b"", [part for part in path.split(b"/") if part], 0
    while todo:
        done = joined(done, todo.pop(0))
        entry = tree.get(done)
        if entry is None or entry.kind != "symlink":
            continue
        links += 1
        if links > MOST_LINKS:
            raise InvalidInput(f"the symlinks of /{os.fsdecode(path)} lead in a circle", where, "remove one of them")
        done, todo = b"", [part for part in link_target(done, entry).split(b"/") if part] + todo
    return done


def hard_links(tree: Tree) -> dict[bytes, bytes]:
    """Return the hard links among the files of a tree: path -> the path of the first name that the file has.

    Of an image's layers, one file is one Entry, whatever names it has (`images.root_file_system`). Empty files do not
    count.
    """
    first: dict[int, bytes] = {}
    found = {}
    for path, entry in sorted_entries(tree):
        if entry.kind == "file" and entry.size and (name := first.setdefault(id(entry), path)) != path:
            found[path] = name
    return found


def check_hard_links(tree: Tree) -> None:
    """Raise InvalidImage where the hard links of a base image take more than `MOST_COPIED` bytes as copies."""
    copied = sum(tree[path].size for path in hard_links(tree))
    if copied > MOST_COPIED:
        what = f"hard links that take {copied} bytes as copies, of {MOST_COPIED} that they may take"
        remedy = "it may be an attack; if it is none, use it without runAsRoot and includeNixDB, which need copies"
        raise InvalidImage(what, "the base image", remedy)


def sorted_entries(tree: Tree) -> list[tuple[bytes, Entry]]:
    """Entries in the order of `tar --sort=name`: by components, so that parents come first."""
    return sorted(tree.items(), key=lambda item: item[0].replace(b"/", b"\0"))  # names have no NUL


def read_root(root: str, expand: Container[bytes] = ()) -> Tree:
    """Return the entries of one root; symlinks to directories whose path is in `expand` are read as directories."""
    path = os.fsencode(os.path.realpath(root))
    try:
        if os.path.isdir(path):
            return dict(_scan(path, expand))
        return dict(_root_tar(path))
    except FileNotFoundError as error:
        remedy = "correct the part after the package's own path; if that is gone, nix-store --realise it"
        raise StoreChanged(f"{root} is missing", _ARGUMENTS, remedy) from error
    except InvalidImage as error:
        remedy = 'wrap it, as in `runCommand "etc" {} "mkdir -p $out/etc; cp ${file} $out/etc/name"`'
        raise InvalidInput(f"{root} is a file, not a directory", _ARGUMENTS, remedy) from error


def _scan(top: bytes, expand: Container[bytes]) -> Iterator[tuple[bytes, Entry]]:
    todo = [b""]
    while todo:
        directory = todo.pop()
        for name in os.listdir(top + b"/" + directory):
            path = joined(directory, name)
            entry = entry_of(top + b"/" + path)
            if entry.kind == "symlink" and path in expand:
                entry = Entry("directory", 0o555)
            if entry.kind == "directory":
                todo.append(path)
            yield path, entry


def entry_of(path: bytes) -> Entry:
    """Return the entry for a file on disk, owner and times left to the layer."""
    status = os.lstat(path)
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISREG(status.st_mode):
        return Entry("file", mode, size=status.st_size, origin=(path, 0))
    if stat.S_ISDIR(status.st_mode):
        return Entry("directory", mode, origin=(path, 0))
    if stat.S_ISLNK(status.st_mode):
        return Entry("symlink", 0o777, target=os.readlink(path), origin=(path, 0))
    raise InvalidInput("a socket, fifo or device", os.fsdecode(path), "remove it: an image made here cannot hold it")


def _root_tar(path: bytes) -> Iterator[tuple[bytes, Entry]]:
    """The members of a root tar, content by its place in the tar."""
    where = os.fsdecode(path)
    with open(path, "rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise InvalidImage("an empty file", where)
        for member in read_members(file, where):
            if member.kind == "hardlink":
                what = f"{os.fsdecode(member.name)!r} is a hard link, which the root tars of steps never have"
                raise InvalidInput(what, where, "give the directory, not a tar of it")
            yield normalise(member.name), member_entry(member, member.kind, path)


def member_entry(member: Member, kind: Kind, path: bytes) -> Entry:
    """Return the entry for a member, which is no hard link but of this kind, of the tar at `path`."""
    return Entry(
        kind,
        member.mode,
        size=member.size,
        target=member.target,
        origin=(path, member.offset),
        owner=Owner(member.uid, member.gid, _text(member.uname), _text(member.gname)),
        mtime=member.mtime,
        device=member.device,
        xattrs=member.xattrs,
    )


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
