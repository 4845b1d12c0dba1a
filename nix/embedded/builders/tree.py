"""Copy a package's files to their places in the store path."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterable, Iterator

from failure import Failure
from layout import relocate, relocate_absolute


def walk(root: str) -> Iterator[str]:
    """Yield the path of every file and symlink under ``root``, relative to it, in sorted order."""
    for directory, subdirectories, files in os.walk(root):
        links = [name for name in subdirectories if os.path.islink(os.path.join(directory, name))]
        subdirectories.sort()
        for name in sorted(files + links):
            yield os.path.relpath(os.path.join(directory, name), root)


def copy_tree(source: str, out: str, renames: dict[str, str], triplet: str, inputs: list[str]) -> None:
    """Copy files first, then the symlinks: a link's target is looked for in the result and in ``inputs``."""
    links = []
    for path in walk(source):
        packaged = renames.get(f"/usr/{path}", f"/usr/{path}").removeprefix("/usr/")
        place = relocate(packaged, triplet)
        if place is None:
            continue
        if os.path.islink(os.path.join(source, path)):
            links.append((packaged, place, os.readlink(os.path.join(source, path))))
        else:
            copy_file(os.path.join(source, path), os.path.join(out, place))
    os.makedirs(out, exist_ok=True)
    _make_links(out, links, triplet, inputs)


def copy_file(origin: str, target: str) -> None:
    """Copy a file and its executable bit; the same file twice is one, two different ones are a failure."""
    if os.path.exists(target):
        if not filecmp.cmp(origin, target, shallow=False):
            raise Failure(f"two different files for {target}, one of them {origin}: choose other Debian packages")
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(origin, target)
    os.chmod(target, 0o755 if os.access(origin, os.X_OK) else 0o644)


def _make_links(out: str, links: list[tuple[str, str, str]], triplet: str, inputs: list[str]) -> None:
    """Point each link at its target's new place; links to what is in no package (/etc, documentation) are left out."""
    places = {place for _, place, _ in links}
    for packaged, place, text in links:
        absolute = os.path.normpath(os.path.join("/usr", os.path.dirname(packaged), text))
        target = relocate_absolute(absolute, triplet)
        link = os.path.join(out, place)
        if target is None or target == place or os.path.lexists(link):
            continue
        if target in places or os.path.lexists(os.path.join(out, target)):
            found = [os.path.relpath(target, os.path.dirname(place))]
        else:
            found = [path for path in (os.path.join(root, target) for root in inputs) if os.path.lexists(path)]
        if found:
            os.makedirs(os.path.dirname(link), exist_ok=True)
            os.symlink(found[0], link)


def keep_only(out: str, kept: Iterable[str]) -> None:
    """Remove every file but ``kept``."""
    kept = set(kept)
    for path in list(walk(out)):
        if path not in kept:
            os.unlink(os.path.join(out, path))


def remove_empty_directories(out: str) -> None:
    """Remove the directories that hold nothing, deepest first; ``out`` itself stays."""
    for directory, _, _ in os.walk(out, topdown=False):
        if directory != out and not os.listdir(directory):
            os.rmdir(directory)
