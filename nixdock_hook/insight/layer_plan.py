"""A plan of layers as text for people and as JSON, and the graphs that plans are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..documents import canonical_json
from ..documents.fields import Fields
from ..errors import InvalidInput
from ..layers.planner import Plan
from ..store.closure import PathInfo, dependencies_first, name_key
from .opened.model import OpenedImage
from .text import Style, size_text, table

_REMEDY = 'write {"PATH": {"size": BYTES, "refs": ["PATH", …]}, …}'
_NAMES = 3
_MOST_CHANGES = 15
"""Lines of text; JSON has all."""


def read_graph(path: str) -> dict[str, PathInfo]:
    """Read a file that has a closure as JSON: path -> {"size": bytes, "refs": [paths]}; other keys are ignored.

    Raises InvalidImage for what is none, naming every problem, InvalidInput for references that lead out of it, and
    OSError.
    """
    document = canonical_json.read_file(path, _REMEDY, canonical_json.MOST_OF_OURS)
    problems: list[str] = []
    Fields(document, problems=problems).check(path, _REMEDY)
    closure = {}
    for name, value in document.items():
        fields = Fields(value, name, problems)
        if "refs" not in fields:
            fields.complain("refs", "is missing")
        closure[name] = PathInfo(name, tuple(sorted(set(fields.texts("refs")))), None, fields.count("size"))
    Fields({}, problems=problems).check(path, _REMEDY)
    for info in closure.values():
        for reference in info.references:
            if reference not in closure:
                raise InvalidInput(f"{info.path} refers to {reference}, which is not there", path, "add it")
    try:
        dependencies_first({name: info.references for name, info in closure.items()})
    except InvalidInput as error:
        raise InvalidInput(error.what, path, error.remedy) from error
    return closure


def image_closure(image: OpenedImage) -> dict[str, PathInfo]:
    """Return the store paths of an image that was opened with `Wanted.GRAPH`."""
    paths = image.paths or ()
    return {path.path: PathInfo(path.path, path.references or (), None, path.nar_size) for path in paths}


def image_groups(image: OpenedImage) -> list[list[str]]:
    """Return the store paths of each layer of an image that has some, the lowest first."""
    groups: dict[int, list[str]] = {}
    for path in image.paths or ():
        if path.layer is not None:
            groups.setdefault(path.layer, []).append(path.path)
    return [groups[number] for number in sorted(groups)]


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON: layers, the lowest first, and what changes of the application's own paths send again.

    chance: the share of updates that change the layer. chain: bytes with all layers above the first changed one.
    """
    layers = [
        {"paths": list(layer.paths), "size": layer.size, "chance": round(layer.chance, 6)} for layer in plan.layers
    ]
    changes = [{"path": change.path, "size": change.size, "chain": change.chain} for change in plan.changes]
    return {"layers": layers, "changes": changes}


def plan_lines(plan: Plan, sizes: Mapping[str, PathInfo], style: Style) -> Iterator[str]:
    """Yield the lines of `nixdock plan`. sizes: the closure that was planned."""
    rows = [
        (str(number), f"{layer.chance:.1%}", size_text(layer.size), _label(layer.paths, sizes))
        for number, layer in enumerate(plan.layers, 1)
    ]
    yield from table([("Layer", "Chance", "Size", "Store paths"), *rows], right=(0, 1, 2), style=style)
    changes = sorted(plan.changes, key=lambda change: (-change.size, change.path))[:_MOST_CHANGES]
    if changes:
        yield ""
        heading = ("A change of", "sends again", "to docker's classic store")
        resent = [(name_key(it.path)[0], size_text(it.size), size_text(it.chain)) for it in changes]
        yield from table([heading, *resent], right=(1, 2), style=style)
    if len(changes) < len(plan.changes):
        yield style.dim(f"and {len(plan.changes) - len(changes)} more: --json")


def _label(paths: Sequence[str], sizes: Mapping[str, PathInfo]) -> str:
    """The names of a layer's paths, the largest first."""
    largest = sorted(paths, key=lambda path: (-(sizes[path].nar_size or 0), *name_key(path)))
    names = [name_key(path)[0] for path in largest]
    return ", ".join(names[:_NAMES]) + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "")
