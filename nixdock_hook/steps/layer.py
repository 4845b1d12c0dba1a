"""Step `layer`: layers that several images can share, made once.

Graph `closure`: of the dependencies and root.
Output: a directory with layers.json, the nested layers first; where reproducible is false, the tars beside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ..documents.fields import ExactFields
from ..errors import InvalidInput
from ..images.closure import ImageContent, image_closure
from ..images.recipe import write_layers
from ..images.shared_layers import read_shared_layers, store_paths
from ..layers.hashing import DigestingWriter
from ..layers.perms import Perm, perms_from_json
from ..layers.planner import Hints, checked_max_layers, plan
from ..layers.source import Layer, StoreSource, TarSource
from ..layers.tar import write_layer
from ..layers.workers import hash_layers
from ..oci.model import LAYER_TAR, History
from ..outputs import named_file
from ..store.closure import PathInfo
from .attributes import Graphs

_CREATED = "1970-01-01T00:00:01Z"


@dataclass(frozen=True, slots=True)
class Spec:
    """layers: other results of this step, to be nested. ignore: a store path to leave out, or None.

    reproducible: False = keep the tars, for paths whose content is another at every build.
    """

    content: ImageContent
    perms: tuple[Perm, ...]
    max_layers: int
    hints: Hints
    layers: tuple[str, ...]
    ignore: str | None
    reproducible: bool
    history: History

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            content=ImageContent.take(fields),
            perms=perms_from_json(fields.values("perms")),
            max_layers=fields.converted("maxLayers", checked_max_layers, 1),
            hints=fields.converted("hints", Hints.from_json, Hints()),
            layers=fields.texts("layers"),
            ignore=fields.optional_text("ignore"),
            reproducible=fields.flag("reproducible"),
            history=_history(fields.mapping("metadata")),
        )


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    nested = read_shared_layers(spec.layers, {})
    os.mkdir(out)
    present = {*store_paths(nested), *filter(None, [spec.ignore])}
    sources = _sources(spec, graphs.get("closure", ()), present)
    layers = _hashed(sources, spec.history) if spec.reproducible else _kept(sources, spec.history, out)
    write_layers([*nested, *layers], out + "/layers.json")


def _sources(spec: Spec, graph: Iterable[PathInfo], present: set[str]) -> list[StoreSource]:
    """The layers as they are planned, what goes to `/` in the last one."""
    content = spec.content
    if spec.max_layers < 1:
        raise InvalidInput(f"maxLayers = {spec.max_layers}", "buildLayer", "give it at least one layer")
    infos = image_closure(graph, content).infos
    planned = plan(infos, infos.keys() - present, spec.max_layers, spec.hints).layers
    *layers, last = [layer.paths for layer in planned] or [()]
    return [
        *(StoreSource(paths, perms=spec.perms) for paths in layers),
        StoreSource(last, content.root, dirlinks=content.dirlinks, perms=spec.perms),
    ]


def _history(metadata: dict[str, Any]) -> History:
    """The entry of each layer, from what a user gave in Nix."""
    unknown = set(metadata) - {"created_by", "author", "comment"}
    if unknown:
        remedy = "it has created_by, author and comment"
        raise InvalidInput(f"metadata has no {', '.join(sorted(unknown))}", "buildLayer", remedy)
    return History(created=_CREATED, **({"created_by": "nixdock buildLayer"} | metadata))


def _hashed(sources: Sequence[StoreSource], history: History) -> list[Layer]:
    hashed = hash_layers(sources)
    return [
        Layer(diff_id, size, LAYER_TAR, history, source)
        for source, (diff_id, size) in zip(sources, hashed, strict=True)
    ]


def _kept(sources: Sequence[StoreSource], history: History, out: str) -> list[Layer]:
    """Tars in the store: for paths whose content is another at every build."""
    layers = []
    for number, source in enumerate(sources):
        path = f"{out}/{number}.tar"
        with named_file(path) as file, DigestingWriter(file.write) as writer:
            write_layer(source, writer.write)
        layers.append(Layer(writer.digest, writer.size, LAYER_TAR, history, TarSource(path, source.paths)))
    return layers
