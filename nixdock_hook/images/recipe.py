"""The recipe: an image as Nix stores it, a config and an ordered list of layers without their bytes (README.md)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ..bases.decompress import detect
from ..documents import canonical_json
from ..documents.canonical_json import MOST_OF_OURS
from ..documents.fields import Fields
from ..errors import InvalidImage, InvalidInput
from ..inputs import open_file
from ..layers.base_layers import Held
from ..layers.source import Layer, StoreSource, TarSource, source_from_json, source_to_json
from ..oci.digest import digest_field
from ..oci.model import History, ImageConfig, Platform
from ..outputs import whole_file
from ..store.place import STORE

VERSION = 1
JSON = dict[str, Any]
_TAR_MAGIC = slice(257, 262)  # POSIX, ustar interchange format


@dataclass(frozen=True, slots=True)
class EmptyHistory:
    """A history entry that made no layer (`ENV`, `CMD`); it stands before layer number `before`, counted from 0."""

    before: int
    entry: History


@dataclass(frozen=True, slots=True)
class Verbatim:
    """The documents of an image that a registry has, as they are there: their digests are known to others.

    manifest: names config and layers, the sources of which are `BlobSource`s.
    """

    manifest: str
    config: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """An image.

    tag: None where the sink takes it from its own output's name.
    config: the OCI `config` object (Env, Cmd …), verbatim.
    base_holds: for each name in /nix/store of a base image that others made, the digest of its
        content (`trees.identity`).
    verbatim: where the image is one that others made, with nothing new in it.
    annotations: of the manifest.
    """

    name: str
    tag: str | None
    platform: Platform
    created: str
    config: JSON
    layers: tuple[Layer, ...]
    empty_history: tuple[EmptyHistory, ...] = ()
    base_holds: Mapping[str, str] = field(default_factory=dict)
    verbatim: Verbatim | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    def held(self) -> Held:
        """Return the store paths that these layers hold, as `layers.base_layers.subtract` wants them."""
        held: dict[str, str | None] = {f"{STORE}/{name}": digest for name, digest in self.base_holds.items()}
        for layer in self.layers:
            if isinstance(layer.source, StoreSource | TarSource):
                held.update(dict.fromkeys(layer.source.paths))
        return held

    def history(self) -> tuple[History, ...]:
        """Return the config's history: as many entries without `empty_layer` as there are layers, in order."""
        empty: dict[int, list[History]] = {}
        for one in self.empty_history:
            empty.setdefault(one.before, []).append(one.entry)
        entries = empty.get(0, [])
        for number, layer in enumerate(self.layers, 1):
            entries += [layer.history, *empty.get(number, [])]
        return tuple(entries)

    def oci_config(self) -> bytes:
        """Return the image config as a registry stores it (OCI image specification, config.md)."""
        if self.verbatim:
            return self.verbatim.config.encode()
        diff_ids = tuple(layer.diff_id for layer in self.layers)
        config = ImageConfig(self.platform, diff_ids, self.config, self.history(), self.created)
        return canonical_json.dump(config.to_json())


def empty_history(history: Iterable[History]) -> tuple[EmptyHistory, ...]:
    """Return the entries of a config's history that made no layer, each with its place among the layers."""
    layers, empty = 0, []
    for entry in history:
        if entry.empty_layer:
            empty.append(EmptyHistory(layers, entry))
        else:
            layers += 1
    return tuple(empty)


def write_recipe(recipe: Recipe, path: str) -> None:
    """Write `image.json`: whole under its name, or not at all."""
    value: JSON = {
        "recipe": VERSION,
        "name": recipe.name,
        "tag": recipe.tag,
        "platform": recipe.platform.to_json(),
        "created": recipe.created,
        "config": recipe.config,
        "layers": [_layer_to_json(layer) for layer in recipe.layers],
        "empty_history": [{"before": empty.before, "entry": empty.entry.to_json()} for empty in recipe.empty_history],
        "base_holds": dict(recipe.base_holds),
    }
    if recipe.annotations:
        value["annotations"] = dict(recipe.annotations)
    if recipe.verbatim:
        value["verbatim"] = {"manifest": recipe.verbatim.manifest, "config": recipe.verbatim.config}
    with whole_file(path) as file:
        file.write(canonical_json.dump(value) + b"\n")


def write_layers(layers: Iterable[Layer], path: str) -> None:
    """Write `layers.json`: layers that several images share, the lowest first."""
    with whole_file(path) as file:
        file.write(canonical_json.dump({"layers": [_layer_to_json(layer) for layer in layers]}) + b"\n")


def read_layers(path: str) -> list[Layer]:
    """Read `layers.json` of the directory that buildLayer made."""
    path = os.path.join(path, "layers.json")
    try:
        fields = Fields(canonical_json.read_file(path, most=MOST_OF_OURS))
    except (OSError, InvalidImage) as error:
        raise InvalidInput("this is no layer", path, "give `layers` results of buildLayer") from error
    layers = [_layer_from_fields(layer) for layer in fields.inners("layers")]
    fields.check(path, "build the layer again")
    return layers


def read_recipe(path: str) -> Recipe:
    """Read `image.json`, or the one in a directory. Raises InvalidInput with all that is wrong with it."""
    path = os.path.join(path, "image.json") if os.path.isdir(path) else path
    remedy = "build one: nix-build -A NAME.recipe"
    try:
        with open_file(path) as file:
            if other := _no_recipe(file):
                raise InvalidInput(f"this is {other}, not a recipe", path, remedy)
            fields = Fields(canonical_json.read(file, path, remedy, MOST_OF_OURS))
    except FileNotFoundError as error:
        is_layout = os.path.exists(os.path.join(os.path.dirname(path), "oci-layout"))
        what = "this is an OCI layout, not a recipe" if is_layout else "there is no recipe"
        raise InvalidInput(what, path, remedy) from error
    except InvalidImage as error:
        raise InvalidInput(f"not a recipe ({error.what})", path, remedy) from error
    version = fields.count("recipe")
    if not fields.problems and version != VERSION:
        raise InvalidInput(f"recipe version {version}", path, f"this nixdock reads version {VERSION}")
    recipe = _from_fields(fields)
    if fields.problems:
        raise InvalidInput(f"not a recipe ({fields.summary()})", path, remedy)
    return recipe


def _no_recipe(file: BinaryIO) -> str:
    """What a file is that people take for a recipe, the result of another attribute; "" where it may be one."""
    head = file.read(_TAR_MAGIC.stop)
    file.seek(0)
    if head[_TAR_MAGIC] == b"ustar" or detect(file) != "none":
        return "the image's archive"
    return "a program" if head.startswith(b"#!") else ""


def _from_fields(fields: Fields) -> Recipe:
    return Recipe(
        name=fields.text("name"),
        tag=fields.optional_text("tag"),
        platform=Platform.take(fields.inner("platform")),
        created=fields.text("created"),
        config=fields.mapping("config"),
        layers=tuple(map(_layer_from_fields, fields.inners("layers"))),
        empty_history=tuple(
            EmptyHistory(empty.count("before"), History.take(empty.inner("entry")))
            for empty in fields.inners("empty_history")
        ),
        base_holds=fields.text_mapping("base_holds"),
        verbatim=_verbatim(fields.inner("verbatim")) if "verbatim" in fields else None,
        annotations=fields.text_mapping("annotations"),
    )


def _verbatim(fields: Fields) -> Verbatim:
    return Verbatim(fields.text("manifest"), fields.text("config"))


def _layer_to_json(layer: Layer) -> JSON:
    return {
        "diff_id": layer.diff_id,
        "size": layer.size,
        "media_type": layer.media_type,
        "history": layer.history.to_json(),
        "source": source_to_json(layer.source),
    }


def _layer_from_fields(fields: Fields) -> Layer:
    return Layer(
        diff_id=digest_field(fields, "diff_id"),
        size=fields.count("size"),
        media_type=fields.text("media_type"),
        history=History.take(fields.inner("history")),
        source=source_from_json(fields.mapping("source")),
    )
