"""What the steps that make an image have in common: the spec's common part in, the recipe out.

Spec: name, tag (or null), architecture, os, created and mtime (see `oci.timestamp`), owner {uid, gid, uname, gname},
    root [directories and root tars for `/`], dirlinks (see `trees.merge.merge`),
    config (file or null), base (recipe or null), inheritConfig, createdBy (text for the history),
    layers [results of the step `layer`], perms (see `layers.perms.Perm`),
    programs [trees, see `programs.check_programs`], where the image's programs are to be checked;
    foreignProgramsAllowed: whether what the check finds is a warning.
Graph `closure`: of root, config and the layers' own; not there where the image shall hold no store paths.
Output: a directory with image.json.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from ..documents import canonical_json
from ..errors import InvalidInput
from ..images.recipe import Recipe, read_recipe, write_recipe
from ..images.shared_layers import read_shared_layers, store_paths
from ..layers.perms import Perm, perms_from_json
from ..layers.planner import MOST_LAYERS_OF_DOCKER, Hints, checked_max_layers, plan, room_for_store_layers
from ..layers.source import Layer, StoreSource
from ..layers.workers import hash_layers
from ..oci.config import inherit_config
from ..oci.model import LAYER_TAR, History, Platform
from ..oci.platform import on_base
from ..oci.timestamp import parse_timestamp, rfc3339, seconds
from ..trees.tree import owner_from_json
from .attributes import Attributes
from .closure import read_closure
from .programs import check_programs

_EMPTY_TAR = 1024  # bytes; a base's layer without members may have none at all


class NewImage:
    """An image that is being made.

    base: the recipe below it, or None.
    below: the layers under those that this image adds: the base's, then shared ones.
    closure: store path -> references, of all that has to be in the image, in the base's layers or in ours.
    """

    def __init__(self, attributes: Attributes) -> None:
        spec = attributes.spec
        self._attributes = attributes
        self._created = rfc3339(parse_timestamp(spec["created"], "created"))
        self._owner = owner_from_json(spec["owner"])
        self._mtime = seconds(spec["mtime"], "mtime")
        self.base = read_recipe(spec["base"]) if spec["base"] else None
        platform = Platform(spec["architecture"], spec["os"])
        self._platform = on_base(platform, self.base.platform) if self.base else platform
        self._perms = perms_from_json(spec["perms"])
        self._shared = read_shared_layers(spec["layers"], self.base.held() if self.base else {})
        self._closure = read_closure(attributes)
        self.below = (*(self.base.layers if self.base else ()), *self._shared)
        self.closure = self._closure.references()

    def missing_paths(self) -> tuple[str, ...]:
        """Return the paths of the closure that no layer below holds."""
        shared = set(store_paths(self._shared))
        return tuple(path for path in self._closure.missing(self.base) if path not in shared)

    def planned(self, paths: Sequence[str]) -> list[tuple[str, ...]]:
        """Return layers for these paths of the closure: as many as the spec's maxLayers leaves room for."""
        spec = self._attributes.spec
        room = room_for_store_layers(checked_max_layers(spec["maxLayers"]), len(self.below), wanted=bool(paths))
        hints = Hints.from_json(spec["hints"])
        return [layer.paths for layer in plan(self._closure.infos, paths, room, hints).layers]

    def root_layer(self, paths: Sequence[str] = ()) -> StoreSource:
        """Return the layer that has what goes to `/`, and these store paths."""
        spec = self._attributes.spec
        return StoreSource(tuple(paths), tuple(spec["root"]), self._owner, self._mtime, spec["dirlinks"], self._perms)

    def store_layer(self, paths: Sequence[str]) -> StoreSource:
        """Return a layer of store paths alone. Its bytes depend on nothing else, so that images share it."""
        return StoreSource(paths=tuple(paths), owner=self._owner, mtime=self._mtime, perms=self._perms_of(paths))

    def _perms_of(self, paths: Sequence[str]) -> tuple[Perm, ...]:
        """The perms that can say something of these store paths: a layer's bytes, and its recipe, know no others."""
        return tuple(perm for perm in self._perms if any(f"{perm.path}/".startswith(f"{path}/") for path in paths))

    def _check_programs(self, config: dict[str, Any]) -> None:
        spec = self._attributes.spec
        try:
            check_programs(self._platform.architecture, spec["programs"], config)
        except InvalidInput as error:
            # dockerTools builds it, and its own examples say arm64 of an image of the build machine's programs.
            if not spec["foreignProgramsAllowed"]:
                raise
            _warn(error)

    def write(self, new_layers: Sequence[StoreSource]) -> None:
        """Hash the layers that go on top of the base's, and write the recipe."""
        spec, base = self._attributes.spec, self.base
        config = _read_config(spec["config"])
        if spec.get("programs") is not None:
            self._check_programs(config)
        history = History(self._created, spec["createdBy"])
        layers = [
            Layer(diff_id, size, LAYER_TAR, history, source)
            for source, (diff_id, size) in zip(new_layers, hash_layers(new_layers), strict=True)
        ]
        recipe = Recipe(
            name=spec["name"],
            tag=spec["tag"],
            platform=self._platform,
            created=self._created,
            config=inherit_config(base.config if base else {}, config, spec["inheritConfig"]),
            layers=(*self.below, *layers),
            empty_history=base.empty_history if base else (),
            base_holds=base.base_holds if base else {},
        )
        for warning in _warnings(recipe):
            _warn(warning)
        os.mkdir(self._attributes.out)
        write_recipe(recipe, self._attributes.out + "/image.json")


def _warn(warning: object) -> None:
    print(f"nixdock: warning: {warning}", file=sys.stderr)


def _warnings(recipe: Recipe) -> Iterator[str]:
    """What is not wrong with an image, and still no use to many."""
    count = len(recipe.layers)
    if count > MOST_LAYERS_OF_DOCKER:
        few = "build the base with fewer, or set maxLayers lower"
        yield f"{recipe.name} has {count} layers, and docker loads no more than {MOST_LAYERS_OF_DOCKER}: {few}"
    if all(layer.size <= _EMPTY_TAR for layer in recipe.layers):
        yield f"{recipe.name} holds no file, so it has no program to run: give it copyToRoot, contents or config.Cmd"


def _read_config(path: str | None) -> dict[str, Any]:
    if path is None:
        return {}
    config: dict[str, Any] = canonical_json.read_file(path, "mend the argument `config`")
    return config
