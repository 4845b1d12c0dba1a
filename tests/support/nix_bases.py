"""Base images that hold store paths and a Nix database, made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nixdock_hook.store.closure import PathInfo
from nixdock_hook.store.database import DATABASE, write_database

from . import images
from .recipes import recipe, recipe_file, tar_layer

HASH = "sha256:" + 64 * "1"


def node(path: str, *references: str, size: int = 120) -> dict[str, Any]:
    return {"path": path, "references": list(references), "narHash": HASH, "narSize": size}


def database_bytes(directory: Path, *infos: PathInfo) -> bytes:
    """The database of a base."""
    directory.mkdir()
    write_database(infos, str(directory), {})
    return (directory / DATABASE).read_bytes()


def base_of(directory: Path, files: images.Files) -> Path:
    """A base that others made, of one layer."""
    directory.mkdir()
    names = {name.split("/")[2] for name in files if name.startswith("nix/store/")}
    layer = tar_layer(directory / "layer.tar", images.layer(files))
    return recipe_file(directory / "recipe", recipe(layer, base_holds=dict.fromkeys(names, images.sha256(b"listing"))))
