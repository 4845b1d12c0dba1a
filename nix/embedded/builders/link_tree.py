"""Merge several trees into one of symlinks, as nixpkgs' buildEnv and symlinkJoin do.

Contract: ``link_tree.py SPEC OUT``, where OUT is the result and SPEC a JSON file:
  paths             trees to merge          pathsToLink       what of them, absolute inside the tree
  directories       true: every directory is a real one; false: one that a single tree has is linked as a whole
  ignoreCollisions  true: of two different files of one name the first one wins; false: that is an error
Exit 1 and one line on stderr where a path is no directory or files collide.
"""

from __future__ import annotations

import filecmp
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from failure import Failure


class LinkTree:
    """One merge; ``prefixes`` are the paths to link, without slashes at the ends ("" = everything)."""

    def __init__(self, spec: dict[str, Any], out: str) -> None:
        self.prefixes = [prefix.strip("/") for prefix in spec["pathsToLink"]]
        self.real_directories = spec["directories"]
        self.ignore_collisions = spec["ignoreCollisions"]
        self.out = out

    def merge(self, directories: Sequence[str], place: str) -> None:
        """Make ``place`` (relative to the result) from the same directory of several trees, earlier ones first."""
        os.makedirs(os.path.join(self.out, place), exist_ok=True)
        for name in sorted({name for directory in directories for name in os.listdir(directory)}):
            inner = os.path.join(place, name)
            if self._wanted(inner) or self._leads_to_wanted(inner):
                candidates = [os.path.join(directory, name) for directory in directories]
                self._place([path for path in candidates if os.path.lexists(path)], inner)

    def _place(self, sources: Sequence[str], place: str) -> None:
        are_directories = [os.path.isdir(source) for source in sources]
        if all(are_directories):
            if len(sources) > 1 or self.real_directories or not self._wanted(place):
                self.merge(sources, place)
                return
        elif self._wanted(place):
            self._check_collision(sources, place)
        else:
            return
        os.symlink(sources[0], os.path.join(self.out, place))

    def _check_collision(self, sources: Sequence[str], place: str) -> None:
        first = sources[0]
        for other in sources[1:]:
            same_kind = os.path.isfile(first) and os.path.isfile(other)
            if not self.ignore_collisions and not (same_kind and filecmp.cmp(first, other, shallow=False)):
                raise Failure(f"'{place}' differs in {first} and {other}: remove one, or set ignoreCollisions = true")

    def _wanted(self, place: str) -> bool:
        return any(not prefix or place == prefix or place.startswith(f"{prefix}/") for prefix in self.prefixes)

    def _leads_to_wanted(self, place: str) -> bool:
        return any(prefix.startswith(f"{place}/") for prefix in self.prefixes)


def link_tree(spec: dict[str, Any], out: str) -> None:
    """Make ``out`` as the module's docstring says."""
    for path in spec["paths"]:
        if not os.path.isdir(path):
            raise Failure(f"{path} is not a directory: wrap the file in one, for instance with writeTextDir")
    LinkTree(spec, out).merge(list(dict.fromkeys(spec["paths"])), "")


if __name__ == "__main__":
    try:
        with open(sys.argv[1], encoding="utf-8") as stream:
            link_tree(json.load(stream), sys.argv[2])
    except Failure as error:
        sys.exit(f"nixdock: error: {error}")
