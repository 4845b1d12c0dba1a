"""An image that is being made: what the steps that make one have in common, and the recipe that they write."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ..documents import canonical_json
from ..documents.fields import ExactFields
from ..errors import InvalidInput
from ..layers.perms import Perm, perms_from_json
from ..layers.planner import MOST_LAYERS_OF_DOCKER, Hints, plan, room_for_store_layers
from ..layers.source import Layer, StoreSource
from ..layers.workers import hash_layers
from ..oci.config import Inheritance, checked_inheritance, inherit_config, with_defaults, with_inner_entrypoint
from ..oci.model import LAYER_TAR, History, Platform
from ..oci.platform import on_base
from ..oci.timestamp import checked_created, checked_mtime
from ..store.closure import PathInfo
from ..trees.tree import Owner, owner_from_json
from .closure import ImageContent, image_closure
from .programs import check_programs
from .recipe import Recipe, read_recipe, write_recipe
from .shared_layers import read_shared_layers, store_paths

_EMPTY_TAR = 1024  # bytes; a base's layer without members may have none at all

Warn = Callable[[object], object]
"""Told what is not wrong with an image, and still no use to many."""


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """The part of a spec that says what image to make.

    tag: see `Recipe`. created: RFC 3339. mtime: seconds since 1970. base: a recipe, None where there is no base.
    created_by: text for the history. layers: results of the step `layer`.
    defaults, default_env: settings and variables that the image is to have where neither its config nor what it
        inherits of the base sets them.
    prefixes_entrypoint: whether the base's Entrypoint goes behind that of the config.
    annotations: of the manifest.
    programs: trees whose programs are to be checked, and programs, see `programs.check_programs`; None = unchecked.
    foreign_programs_allowed: whether what that check finds is a warning.
    """

    name: str
    tag: str | None
    platform: Platform
    created: str
    mtime: int
    owner: Owner
    content: ImageContent
    base: str | None
    inheritance: Inheritance
    created_by: str
    layers: tuple[str, ...]
    perms: tuple[Perm, ...]
    defaults: Mapping[str, str]
    default_env: tuple[str, ...]
    prefixes_entrypoint: bool
    annotations: Mapping[str, str]
    programs: tuple[str, ...] | None
    foreign_programs_allowed: bool

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            name=fields.text("name"),
            tag=fields.optional_text("tag"),
            platform=Platform(fields.text("architecture"), fields.text("os")),
            created=fields.converted("created", checked_created, ""),
            mtime=fields.converted("mtime", checked_mtime, 1),
            owner=fields.converted("owner", owner_from_json, Owner()),
            content=ImageContent.take(fields),
            base=fields.optional_text("base"),
            inheritance=fields.converted("inheritConfig", checked_inheritance, "env"),
            created_by=fields.text("createdBy"),
            layers=fields.texts("layers"),
            perms=perms_from_json(fields.values("perms")),
            defaults=fields.text_mapping("defaults"),
            default_env=fields.texts("defaultEnv"),
            prefixes_entrypoint=fields.flag("prefixesEntrypoint"),
            annotations=fields.text_mapping("annotations"),
            programs=fields.optional_texts("programs"),
            foreign_programs_allowed=fields.flag("foreignProgramsAllowed"),
        )


class NewImage:
    """An image that is being made.

    base: the recipe below it, or None.
    below: the layers under those that this image adds: the base's, then shared ones.
    closure: store path -> references, of all that has to be in the image, in the base's layers or in ours.
    """

    def __init__(self, spec: ImageSpec, graph: Iterable[PathInfo]) -> None:
        """graph: the closure of root, config and the layers' own; empty where the image shall hold no store paths."""
        self._spec = spec
        self.base = read_recipe(spec.base) if spec.base else None
        self._platform = on_base(spec.platform, self.base.platform) if self.base else spec.platform
        self._shared = read_shared_layers(spec.layers, self.base.held() if self.base else {})
        self._closure = image_closure(graph, spec.content)
        self.below = (*(self.base.layers if self.base else ()), *self._shared)
        self.closure = self._closure.references()

    def missing_paths(self) -> tuple[str, ...]:
        """Return the paths of the closure that no layer below holds."""
        shared = set(store_paths(self._shared))
        return tuple(path for path in self._closure.missing(self.base) if path not in shared)

    def planned(self, paths: Sequence[str], max_layers: int, hints: Hints) -> list[tuple[str, ...]]:
        """Return layers for these paths of the closure, as many as `max_layers` of the whole image leaves room for."""
        room = room_for_store_layers(max_layers, len(self.below), wanted=bool(paths))
        return [layer.paths for layer in plan(self._closure.infos, paths, room, hints).layers]

    def root_layer(self, paths: Sequence[str] = ()) -> StoreSource:
        """Return the layer that has what goes to `/`, and these store paths."""
        spec, content = self._spec, self._spec.content
        return StoreSource(tuple(paths), content.root, spec.owner, spec.mtime, content.dirlinks, spec.perms)

    def store_layer(self, paths: Sequence[str]) -> StoreSource:
        """Return a layer of store paths alone. Its bytes depend on nothing else, so that images share it."""
        spec = self._spec
        return StoreSource(paths=tuple(paths), owner=spec.owner, mtime=spec.mtime, perms=self._perms_of(paths))

    def _perms_of(self, paths: Sequence[str]) -> tuple[Perm, ...]:
        """The perms that can say something of these store paths: a layer's bytes, and its recipe, know no others."""
        return tuple(perm for perm in self._spec.perms if any(f"{perm.path}/".startswith(f"{path}/") for path in paths))

    def _check_programs(self, config: dict[str, Any], warn: Warn) -> None:
        if self._spec.programs is None:
            return
        try:
            check_programs(self._platform.architecture, self._spec.programs, config)
        except InvalidInput as error:
            # dockerTools builds it, and its own examples say arm64 of an image of the build machine's programs.
            if not self._spec.foreign_programs_allowed:
                raise
            warn(error)

    def write(self, new_layers: Sequence[StoreSource], directory: str, warn: Warn) -> None:
        """Hash the layers that go on top of the base's, and make a directory with the recipe, image.json."""
        spec, base = self._spec, self.base
        config = read_config(spec.content.config)
        self._check_programs(config, warn)
        inherited = base.config if base else {}
        if spec.prefixes_entrypoint:
            config = with_inner_entrypoint(config, inherited)
        config = inherit_config(inherited, config, spec.inheritance)
        history = History(spec.created, spec.created_by)
        layers = [
            Layer(diff_id, size, LAYER_TAR, history, source)
            for source, (diff_id, size) in zip(new_layers, hash_layers(new_layers), strict=True)
        ]
        recipe = Recipe(
            name=spec.name,
            tag=spec.tag,
            platform=self._platform,
            created=spec.created,
            config=with_defaults(config, spec.defaults, spec.default_env),
            layers=(*self.below, *layers),
            empty_history=base.empty_history if base else (),
            base_holds=base.base_holds if base else {},
            annotations=spec.annotations,
        )
        for warning in (*_warnings(recipe), *_idle_perms(spec.perms, new_layers)):
            warn(warning)
        os.mkdir(directory)
        write_recipe(recipe, f"{directory}/image.json")


def _warnings(recipe: Recipe) -> Iterator[str]:
    count = len(recipe.layers)
    if count > MOST_LAYERS_OF_DOCKER:
        few = "build the base with fewer, or set maxLayers lower"
        yield f"{recipe.name} has {count} layers, and docker loads no more than {MOST_LAYERS_OF_DOCKER}: {few}"
    if all(layer.size <= _EMPTY_TAR for layer in recipe.layers):
        yield f"{recipe.name} holds no file, so it has no program to run: give it copyToRoot, contents or config.Cmd"


def _idle_perms(perms: Iterable[Perm], layers: Sequence[StoreSource]) -> Iterator[str]:
    """Warn of perms that can say something of no file in these layers."""
    places = {f"{path}/" for layer in layers for path in (*layer.paths, *layer.root)}
    for perm in perms:
        top = f"{perm.path}/"
        if not any(top.startswith(place) or place.startswith(top) for place in places):
            remedy = "a script that copies its files has to set their modes, and a base's layer stays as it is"
            yield f"perms do nothing: no new layer has files of {perm.path}: {remedy}"


def read_config(path: str | None) -> dict[str, Any]:
    """Read the config that the step `config` wrote; {} where there is none."""
    if path is None:
        return {}
    config: dict[str, Any] = canonical_json.read_file(path, "mend the argument `config`")
    return config
