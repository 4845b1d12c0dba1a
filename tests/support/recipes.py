"""Recipes whose layers lie in a temporary directory, for tests of what reads recipes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nixdock_hook.images.recipe import Recipe, write_recipe
from nixdock_hook.layers.hashing import hash_layer
from nixdock_hook.layers.source import Layer, StoreSource, TarSource
from nixdock_hook.oci.model import LAYER_TAR, History, Platform

from .images import sha256

CREATED = "1970-01-01T00:00:01Z"


def tar_layer(path: Path, tar: bytes, created_by: str = "a tar") -> Layer:
    """A layer that is kept as a tar, which is written to `path`."""
    path.write_bytes(tar)
    return Layer(sha256(tar), len(tar), LAYER_TAR, History(CREATED, created_by), TarSource(str(path)))


def store_layer(*paths: Path, created_by: str = "store paths") -> Layer:
    """A layer of store paths; the image has each at /nix/store/NAME, wherever it lies here."""
    source = StoreSource(tuple(map(str, paths)))
    diff_id, size = hash_layer(source)
    return Layer(diff_id, size, LAYER_TAR, History(CREATED, created_by), source)


def recipe(*layers: Layer, **changes: Any) -> Recipe:
    """An image app:1 of these layers, all else as plain as it can be, but for the `changes`."""
    plain = Recipe("app", "1", Platform("amd64", "linux"), CREATED, config={}, layers=layers)
    return replace(plain, **changes)


def recipe_file(directory: Path, image: Recipe) -> Path:
    """Write image.json into a directory, as a store path holds it; returns the directory."""
    directory.mkdir()
    write_recipe(image, str(directory / "image.json"))
    return directory


def tree(place: Path, files: Mapping[str, str]) -> Path:
    """Make a directory with these files (name → content); returns it."""
    place.mkdir()
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(content)
    return place
