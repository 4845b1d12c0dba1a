"""An image as text for people: what it is, its layers, its store paths, and why each of those is there."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .opened.graph import UNMENTIONED, find_paths, shortest_chain
from .opened.model import ImageLayer, OpenedImage, StorePath
from .opened.packages import package_of
from .opened.store_paths import OUTSIDE
from .text import Style, count_text, plain, size_or_unknown, size_text, table

_MOST_LAYERS = 12
_LARGEST = 10
"""Lines of the summary: more than that `--layers` and `--paths` show."""
_ROOTS = {OUTSIDE: "files outside of the store", UNMENTIONED: "nothing in the image mentions these"}


def summary(image: OpenedImage, style: Style) -> Iterator[str]:
    """Yield the lines of `nixdock inspect IMAGE`."""
    yield style.bold(plain(image.title))
    yield from _indented(table(_facts(image)))
    if image.config:
        yield from ("", style.bold("Config"))
        yield from _indented(table(_config_rows(image.config)))
    numbered = list(enumerate(image.layers))
    shown = numbered
    if len(numbered) > _MOST_LAYERS:
        shown = sorted(numbered, key=lambda item: -(_layer_size(item[1]) or 0))[:_LARGEST]
    yield from ("", style.bold("Layers" if shown is numbered else "Largest layers"))
    yield from _indented(_layer_table(image, shown, style))
    if len(shown) < len(numbered):
        yield style.dim(f"  and {len(numbered) - len(shown)} more: --layers")
    if image.paths:
        largest = sorted(image.paths, key=lambda path: -(path.nar_size or 0))[:_LARGEST]
        yield from ("", style.bold("Largest store paths"))
        yield from _indented(_path_table(largest, style))
        if len(largest) < len(image.paths):
            yield style.dim(f"  and {len(image.paths) - len(largest)} more: --paths")


def layers(image: OpenedImage, style: Style) -> Iterator[str]:
    """Yield the lines of `--layers`: every layer, the lowest first."""
    yield from _layer_table(image, list(enumerate(image.layers)), style)


def paths(image: OpenedImage, style: Style) -> Iterator[str]:
    """Yield the lines of `--paths`: every store path, the largest first."""
    yield from _path_table(sorted(image.paths or (), key=lambda path: (-(path.nar_size or 0), path.path)), style)


def tree(image: OpenedImage, style: Style) -> Iterator[str]:
    """Yield the lines of `--tree`: what the image mentions, and what that refers to; each path is followed once."""
    known = image.by_path()
    seen: set[str] = set()
    yield style.bold(plain(image.title))
    roots = list(image.roots.items())
    for number, (root, found) in enumerate(roots, 1):
        is_last = number == len(roots)
        yield f"{_branch(is_last)}{style.bold(root_text(root))}"
        todo = [(path, "   " if is_last else "│  ", path == found[-1]) for path in reversed(found)]
        while todo:
            path, before, ends = todo.pop()
            references = known[path].references or ()
            repeated = path in seen and references
            seen.add(path)
            size = style.dim(f"  {size_or_unknown(known[path].nar_size)}")
            yield f"{before}{_branch(ends)}{path}{size}{style.dim(' …') if repeated else ''}"
            if not repeated:
                below = before + ("   " if ends else "│  ")
                todo += [(one, below, one == references[-1]) for one in reversed(references)]


def why(image: OpenedImage, word: str, style: Style) -> Iterator[str]:
    """Yield the lines of `--why WORD`: the shortest chain to each store path that the word means.

    Raises InvalidInput where there is none.
    """
    for number, target in enumerate(find_paths(image, word)):
        if number:
            yield ""
        root, *chain = shortest_chain(image, target) or [UNMENTIONED, target]
        yield f"{style.bold(plain(image.title))}: {root_text(root)}"
        for depth, path in enumerate(chain):
            yield f"{'   ' * depth}└─ {style.bold(path) if path == target else path}"


def whys(image: OpenedImage, word: str) -> dict[str, list[str]]:
    """Return the same for JSON: store path → its chain."""
    return {target: shortest_chain(image, target) for target in find_paths(image, word)}


def config_text(value: Any) -> str:
    """Write a value of a config: texts as they are, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def totals(image: OpenedImage) -> tuple[int | None, int | None]:
    """Return the bytes of all layers, uncompressed and as they are kept; None where one is not known."""
    plain_sizes = [layer.size for layer in image.layers]
    kept = [layer.blob.size if layer.blob else None for layer in image.layers]
    return _sum(plain_sizes), _sum(kept)


def layer_label(layer: ImageLayer, held: Sequence[StorePath]) -> str:
    """Return what a layer is for people: the packages in it, the largest first, or what made it."""
    names = list(dict.fromkeys(str(package_of(path.path)) for path in sorted(held, key=lambda p: -(p.nar_size or 0))))
    if names:
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return layer.created_by or "files outside of the store"


def paths_by_layer(image: OpenedImage) -> Mapping[int | None, list[StorePath]]:
    """Return number of the layer → the store paths in it."""
    held: defaultdict[int | None, list[StorePath]] = defaultdict(list)
    for path in image.paths or ():
        held[path.layer].append(path)
    return held


def _sum(sizes: Iterable[int | None]) -> int | None:
    known = list(sizes)
    return None if None in known else sum(size for size in known if size is not None)


def _facts(image: OpenedImage) -> Iterator[tuple[str, str]]:
    platform = str(image.platform)
    yield "what", image.kind
    if platform:
        yield "platform", platform
    if image.created:
        yield "created", image.created
    for name, digest in (("image ID", image.config_digest), ("manifest", image.manifest), ("index", image.index)):
        if digest:
            yield name, digest
    yield "size", size_facts(image)
    base = [layer for layer in image.layers if layer.from_base]
    if base:
        held = paths_by_layer(image)
        count = sum(len(found) for layer, found in held.items() if layer is None or image.layers[layer].from_base)
        sizes = _sum(layer.size for layer in base)
        yield (
            "of the base",
            f"{count_text(len(base), 'layer')}, {size_or_unknown(sizes)}, {count_text(count, 'store path')}",
        )
    yield from sorted(image.annotations.items())


def size_facts(image: OpenedImage) -> str:
    """Write how large an image is, in as many ways as are known."""
    whole, kept = totals(image)
    words = [] if whole is None else [f"{size_text(whole)} in {count_text(len(image.layers), 'layer')}"]
    if kept is not None:
        words.append(f"{size_text(kept)} as it is kept" if words else f"{size_text(kept)} compressed")
    if whole is None:
        words.append(count_text(len(image.layers), "layer"))
    if image.paths is not None:
        words.append(count_text(len(image.paths), "store path"))
    return ", ".join(words)


def _config_rows(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A row for each key; lists that are no command, and objects, have one for each item."""
    for key, value in sorted(config.items()):
        items = [value]
        if isinstance(value, dict):
            items = [f"{name} = {config_text(item)}" if item else name for name, item in sorted(value.items())]
        elif isinstance(value, list) and key not in ("Cmd", "Entrypoint", "Shell"):
            items = value
        for number, item in enumerate(items):
            yield (key if not number else ""), config_text(item)


def _layer_size(layer: ImageLayer) -> int | None:
    return layer.size if layer.size is not None or not layer.blob else layer.blob.size


def _layer_table(image: OpenedImage, numbered: Iterable[tuple[int, ImageLayer]], style: Style) -> list[str]:
    held = paths_by_layer(image)
    is_based = any(layer.from_base for layer in image.layers)
    rows = [("layer", "size", "paths", "diff ID", "base" if is_based else "", "what")]
    for number, layer in numbered:
        count = "?" if image.paths is None else str(len(held.get(number, ())))
        what = layer_label(layer, held.get(number, ()))
        base = "base" if layer.from_base else ""
        rows.append((str(number + 1), size_or_unknown(_layer_size(layer)), count, layer.diff_id[7:19], base, what))
    return table([row if is_based else (*row[:4], row[5]) for row in rows], right=(0, 1, 2), style=style)


def _path_table(found: Sequence[StorePath], style: Style) -> list[str]:
    rows = [("size", "layer", "store path")]
    for path in found:
        layer = "base" if path.layer is None else str(path.layer + 1)
        rows.append((size_or_unknown(path.nar_size), layer, path.path))
    return table(rows, right=(0, 1), style=style)


def root_text(root: str) -> str:
    """Write what mentions store paths by itself."""
    return _ROOTS.get(root, plain(root))


def _branch(is_last: bool) -> str:
    return "└─ " if is_last else "├─ "


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
