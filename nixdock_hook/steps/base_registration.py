"""Step `base-registration`: what a Nix database on top of a base image has to know about the base's store paths.

A derivation of its own, so that a change on top of the base never reads the base again.

Graph `base`: of the recipe, thus of all store paths that layers of ours hold.
Output: a directory with
    registration.json  {"paths": a graph as Nix writes it, "whiteouts": [files of the base to hide]}
    derivations/       the .drv files among the paths, which Nix reads when it registers them.
Paths in layers that others made are registered as the base's own database has them; what it lacks, from their content.
A registration in it of a path that the base lacks is left out, with a warning on stderr.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from ..documents import canonical_json
from ..documents.fields import ExactFields
from ..images.base_store import StoreContent, image_database
from ..images.recipe import Recipe, read_recipe
from ..images.root_file_system import RootFileSystem
from ..layers.members import LayerMembers, Member, layer_members
from ..layers.source import Layer, StoreSource
from ..messages import warn
from ..outputs import named_file
from ..store.closure import PathInfo, structured
from ..store.database import JOURNAL, JOURNAL_INDEX
from ..store.place import STORE_IN_IMAGE
from ..store.registration import Registrations
from ..trees.tree import Entry, Tree
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    """base: a recipe."""

    base: str

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(fields.text("base"))


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    recipe = read_recipe(spec.base)
    graph = {info.path: info for info in graphs["base"]}
    ours = {path: graph[path] for layer in recipe.layers for path in _our_paths(layer)}
    with layer_members() as members:
        tree = _root_file_system(recipe, members)
        content = StoreContent(tree)
        infos = _registrations(content, ours, image_database(tree, f"the base {recipe.name}:{recipe.tag}"))
        os.mkdir(out)
        _write_derivations([path for path in infos if path.endswith(".drv")], ours, content, out)
    hidden = [place for place in (JOURNAL, JOURNAL_INDEX) if place.encode() in tree]
    value = {"paths": structured(infos.values()), "whiteouts": hidden}
    with named_file(out + "/registration.json") as file:
        file.write(canonical_json.dump(value) + b"\n")


def _our_paths(layer: Layer) -> tuple[str, ...]:
    return layer.source.paths if isinstance(layer.source, StoreSource) else ()


def _root_file_system(recipe: Recipe, members: LayerMembers) -> Tree:
    """What a container of the base sees, but of the store paths that Nix put there only that they are there.

    Without any store path it is empty: most bases of others have none, and need not be unpacked.
    """
    if not recipe.held():
        return {}
    root = RootFileSystem()
    for layer in recipe.layers:
        root.apply(_members(layer, members), layer.where())
    return root.tree()


def _members(layer: Layer, members: LayerMembers) -> Iterator[Member]:
    source, expected = layer.source, (layer.diff_id, layer.size)
    if not isinstance(source, StoreSource):
        yield from members.of(source, expected)
        return
    yield from members.of(replace(source, paths=()), expected)
    for path in source.paths:
        yield STORE_IN_IMAGE + b"/" + os.path.basename(path).encode(), Entry("directory", 0o555)


def _registrations(content: StoreContent, ours: Registrations, stated: list[PathInfo]) -> dict[str, PathInfo]:
    if lacking := sorted({info.path for info in stated} - {*content.paths}):
        more = f" and {len(lacking) - 10} more" if len(lacking) > 10 else ""
        text = f"the base's Nix database has paths that its layers lack: {', '.join(lacking[:10])}{more}"
        warn(f"not registered: {text}")
    known = {info.path: info for info in stated if info.nar_hash} | dict(ours)
    return {path: known.get(path) or content.info(path) for path in content.paths}


def _write_derivations(paths: list[str], ours: Registrations, content: StoreContent, out: str) -> None:
    directory = f"{out}/derivations"
    os.mkdir(directory)
    for path in paths:
        place = f"{directory}/{os.path.basename(path)}"
        if path in ours:
            shutil.copyfile(path, place)
        else:
            with named_file(place) as file:
                file.writelines(content.read(path))
