"""Step `layer`: layers that several images can share, made once.

Spec: root [directories for `/`] and dirlinks, perms, maxLayers, hints (see `layers.planner.Hints`), layers [other
    results of this step], ignore (store path or null), reproducible, metadata {created_by?, author?, comment?},
    config (null, for `image_closure`).
Graph `closure`: of the dependencies and root.
Output: a directory with layers.json, the nested layers first; where reproducible is false, the tars beside it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ..errors import InvalidInput
from ..images.recipe import write_layers
from ..images.shared_layers import read_shared_layers, store_paths
from ..layers.hashing import DigestingWriter
from ..layers.perms import perms_from_json
from ..layers.planner import Hints, checked_max_layers, plan
from ..layers.source import Layer, StoreSource, TarSource
from ..layers.tar import write_layer
from ..layers.workers import hash_layers
from ..oci.model import LAYER_TAR, History
from ..outputs import named_file
from .attributes import Attributes
from .closure import read_closure

_CREATED = "1970-01-01T00:00:01Z"


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    nested = read_shared_layers(spec["layers"], {})
    os.mkdir(attributes.out)
    sources = _sources(attributes, present={*store_paths(nested), spec["ignore"]})
    history = History(created=_CREATED, **({"created_by": "nixdock buildLayer"} | _metadata(spec["metadata"])))
    make = _hashed if spec["reproducible"] else _kept
    write_layers([*nested, *make(sources, history, attributes.out)], attributes.out + "/layers.json")


def _sources(attributes: Attributes, present: set[str]) -> list[StoreSource]:
    """The layers as they are planned, what goes to `/` in the last one."""
    spec = attributes.spec
    most = checked_max_layers(spec["maxLayers"])
    if most < 1:
        raise InvalidInput(f"maxLayers = {most}", "buildLayer", "give it at least one layer")
    infos = read_closure(attributes).infos
    planned = plan(infos, infos.keys() - present, most, Hints.from_json(spec["hints"])).layers
    *layers, last = [layer.paths for layer in planned] or [()]
    perms = perms_from_json(spec["perms"])
    return [
        *(StoreSource(paths, perms=perms) for paths in layers),
        StoreSource(last, tuple(spec["root"]), dirlinks=spec["dirlinks"], perms=perms),
    ]


def _metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    unknown = set(metadata) - {"created_by", "author", "comment"}
    if unknown:
        remedy = "it has created_by, author and comment"
        raise InvalidInput(f"metadata has no {', '.join(sorted(unknown))}", "buildLayer", remedy)
    return metadata


def _hashed(sources: Sequence[StoreSource], history: History, out: str) -> list[Layer]:
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
