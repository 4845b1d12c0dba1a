"""Where the store is: what a recipe names outside of it is not read, whoever wrote the recipe."""

from __future__ import annotations

import os
import re

STORE = "/nix/store"
STORE_IN_IMAGE = b"nix/store"
"""The same as a normalised path of a tree."""

ROOTS: tuple[str, ...] = (STORE,)
_HASH_AND_DASH = 33
_NAME = re.compile(r"[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+\-._?=]{1,211}")
# builtins.parseDrvName: the version begins behind the first dash that no letter follows.
_VERSION = re.compile(r"-(?![a-zA-Z])")


def in_store(path: str) -> bool:
    """Tell whether a path is below the store, as it is written and once its symlinks are followed."""
    return path == os.path.normpath(path) and _below(path, ROOTS) and leads_into_store(path)


def leads_into_store(path: str) -> bool:
    """Tell whether a path is below the store once its symlinks and its `..` are followed, however it is written."""
    return _below(os.path.realpath(path), tuple(map(os.path.realpath, ROOTS)))


def is_store_path(path: str) -> bool:
    """Tell whether a path is in the store by its name; it may be a symlink, which whoever uses this does not follow."""
    directory, name = os.path.split(path)
    return name not in ("", ".", "..") and (directory in ROOTS or in_store(directory))


def is_store_name(name: str) -> bool:
    """Tell whether Nix could have given this name to a store path: base 32 of its hash, and up to 211 characters."""
    return bool(_NAME.fullmatch(name))


def holder(path: str) -> str:
    """Return the store path that a path of /nix/store is at or below."""
    return "/".join(path.split("/")[:4])


def name_of(path: str) -> str:
    """Return the name that the builder of a store path gave it: what follows its hash."""
    return os.path.basename(path)[_HASH_AND_DASH:]


def _below(path: str, roots: tuple[str, ...]) -> bool:
    return any(path.startswith(f"{root}/") for root in roots)


def split_name(whole: str) -> tuple[str, str]:
    """Return name and version of NAME-VERSION, as builtins.parseDrvName splits it; the version may be ""."""
    split = _VERSION.search(whole)
    return (whole[: split.start()], whole[split.end() :]) if split else (whole, "")
