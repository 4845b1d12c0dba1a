"""Which files of two images are different, those of a package's new version beside those of its old one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..images.base_store import entry_digest
from ..trees.tree import Entry, Owner, Tree
from .opened.contents import split_path
from .opened.model import OpenedImage
from .opened.packages import package_of


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file, symlink or directory that one image has, or both in another way.

    path: in the image; of a store path's file with the package's name in the place of the path's:
        /nix/store/…-openssl/lib/libssl.so. before, after: bytes of content; None where it is not there.
    """

    path: str
    change: Literal["added", "removed", "changed"]
    before: int | None
    after: int | None


def file_changes(before: OpenedImage, after: OpenedImage) -> tuple[FileChange, ...]:
    """Return what is different, sorted by path; store paths that both images have are the same.

    Both images were opened with `Wanted.FILES`.
    """
    assert before.contents and after.contents
    common = {path.path for path in before.paths or ()} & {path.path for path in after.paths or ()}
    old, new = (_named(image.contents.tree, common) for image in (before, after) if image.contents)
    changes = []
    for path in sorted({*old, *new}):
        left, right = old.get(path), new.get(path)
        if left and right and _is_same(left, right):
            continue
        change: Literal["added", "removed", "changed"] = "changed" if left and right else "removed" if left else "added"
        changes.append(FileChange(path, change, left.size if left else None, right.size if right else None))
    return tuple(changes)


def _named(tree: Tree, common: set[str]) -> dict[str, Entry]:
    """Entries by a name that is the same in both images."""
    named, tops = {}, dict[str, str]()
    for path, entry in tree.items():
        top, below = split_path(path)
        if not top:
            named["/" + _text(path)] = entry
        elif top not in common:
            tops.setdefault(top, _shown(top))
            named[f"{top}/{_text(below)}".rstrip("/")] = entry
    # Of two versions of a package in one image nobody can tell which one became which: both stay as they are.
    counts = Counter(tops.values())
    once = {top: shown for top, shown in tops.items() if counts[shown] == 1}
    return {_renamed(path, once): entry for path, entry in named.items()}


def _renamed(path: str, names: Mapping[str, str]) -> str:
    top, _ = split_path(path[1:].encode())
    return names[top] + path.removeprefix(top) if top in names else path


def _text(path: bytes) -> str:
    """The name for people and JSON, which has no place for what is not UTF-8."""
    return path.decode(errors="backslashreplace")


def _shown(top: str) -> str:
    package = package_of(top)
    return f"/nix/store/…-{package.name}" + (f"-{package.output}" if package.output else "")


def _is_same(left: Entry, right: Entry) -> bool:
    """Compare all but times; contents only where nothing else tells."""
    if _traits(left) != _traits(right):
        return False
    return left.kind != "file" or left.origin == right.origin or entry_digest(left) == entry_digest(right)


def _traits(entry: Entry) -> tuple[object, ...]:
    owner = entry.owner or Owner()
    return entry.kind, entry.mode, entry.size, entry.target, entry.device, entry.xattrs, owner.uid, owner.gid
