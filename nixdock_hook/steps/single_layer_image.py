"""Step `single-layer-image`: the recipe of an image with one new layer, on a base or on nothing.

Spec: name, tag (or null), architecture, os, created, mtime (seconds), owner {uid, gid, uname, gname},
    root [directories and root tars for `/`], dirlinks ("conflict", "expand", "keep"),
    config (file or null), base (recipe or null), inheritConfig, createdBy (text for the history).
Graph `closure`: of root and config.
Output: a directory with image.json.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ..image import Layer, Recipe, inherit_config, read_recipe, write_recipe
from ..layers.digests import hash_layer
from ..layers.parents import listing_digest
from ..layers.plan import subtract
from ..layers.source import Owner, StoreSource
from ..oci.model import LAYER_TAR, History, Platform
from ..oci.timestamp import parse_timestamp, rfc3339
from ..store.closure import parse_structured
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    base = read_recipe(spec["base"]) if spec["base"] else None
    created = rfc3339(parse_timestamp(spec["created"], "created"))
    recipe = Recipe(
        name=spec["name"],
        tag=spec["tag"],
        platform=Platform(spec["architecture"], spec["os"]),
        created=created,
        config=inherit_config(base.config if base else {}, _read_config(spec["config"]), spec["inheritConfig"]),
        layers=(*(base.layers if base else ()), _new_layer(attributes, base, created)),
        empty_history=base.empty_history if base else (),
        base_holds=base.base_holds if base else {},
    )
    os.mkdir(attributes.out)
    write_recipe(recipe, attributes.out + "/image.json")


def _read_config(path: str | None) -> dict[str, Any]:
    if path is None:
        return {}
    with open(path, "rb") as file:
        config: dict[str, Any] = json.load(file)
    return config


def _new_layer(attributes: Attributes, base: Recipe | None, created: str) -> Layer:
    spec = attributes.spec
    # Step results that were only asked for their closure: the image holds what they mention, not them.
    scaffolding = {spec["config"], *(root for root in spec["root"] if os.path.isfile(root))}
    closure = [info.path for info in parse_structured(attributes.graphs.get("closure", []))]
    source = StoreSource(
        paths=subtract(
            (path for path in closure if path not in scaffolding), base.held() if base else {}, listing_digest
        ),
        root=tuple(spec["root"]),
        owner=Owner(**spec["owner"]),
        mtime=spec["mtime"],
        dirlinks=spec["dirlinks"],
    )
    diff_id, size = hash_layer(source)
    return Layer(diff_id, size, LAYER_TAR, History(created, spec["createdBy"]), source)
