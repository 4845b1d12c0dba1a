"""The difference between two images, as text for people and as JSON.

The JSON of version 1 (see `json_shape` for what images and layers have):

    version, before, after   {source, kind, name, tag, digests}
    packages    sorted by name: {name, change (added, removed, upgraded, downgraded, changed: several versions, rebuilt:
                the same version in another store path), before, after (lists of versions), sizeBefore, sizeAfter}
    layers      {kept: [diff ID], added: [layer], removed: [layer]}, the lowest first
    config      sorted by key: {key (Cmd, Env.PATH, Labels.x, platform), before, after}: null where there is none
    moves       {push, dockerPull}: {layers, size (of tars; null: not known), compressedSize (null where a layer is not
                compressed yet)}. push: also what podman and containerd pull; dockerPull: all from the first layer on
                that is new, since Docker's own store knows layers only on top of the same ones
    files       with --files, sorted: {path, change (added, removed, changed), before, after (bytes, or null)}, or null
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .difference import CHANGES, ConfigChange, Difference, Move, PackageChange
from .file_changes import FileChange
from .inspect import config_text, layer_label, paths_by_layer
from .json_shape import image_document, layer_document
from .opened.model import ImageLayer, OpenedImage
from .text import Style, change_text, count_text, plain, size_or_unknown, size_text, table

_NAMED = ("source", "kind", "name", "tag", "digests")
_MOST_VERSIONS = 5
"""Of one package in an image: of those that many packages are called after (`source`) it may have hundreds."""
_SIGNS = {"added": "+", "removed": "-"}
_HEADINGS = {"changed": "in other versions", "rebuilt": "rebuilt, in the same version"}


def lines(difference: Difference, style: Style) -> Iterator[str]:
    """Yield the lines of `nixdock diff A B`."""
    yield style.removed(f"--- {plain(difference.before.title)}")
    yield style.added(f"+++ {plain(difference.after.title)}")
    yield from _packages(difference.packages, style)
    yield from _config(difference.config, style)
    yield from _layers(difference, style)
    if difference.files is not None:
        yield from _files(difference.files, style)


def document(difference: Difference) -> dict[str, Any]:
    """Return the difference as above, without `version`."""
    return {
        "before": _named(difference.before),
        "after": _named(difference.after),
        "packages": [
            {
                "name": change.name,
                "change": change.change,
                "before": list(change.before),
                "after": list(change.after),
                "sizeBefore": change.size_before,
                "sizeAfter": change.size_after,
            }
            for change in difference.packages
        ],
        "layers": {
            "kept": [layer.diff_id for layer in difference.kept],
            "added": [layer_document(layer) for layer in difference.added],
            "removed": [layer_document(layer) for layer in difference.removed],
        },
        "config": [{"key": change.key, "before": change.before, "after": change.after} for change in difference.config],
        "moves": {"push": _move(difference.push), "dockerPull": _move(difference.docker_pull)},
        "files": None if difference.files is None else [_file(change) for change in difference.files],
    }


def versions_text(change: PackageChange) -> str:
    """Write what became of a package's versions: 3.0.13 → 3.0.14."""
    before, after = (_some(side) for side in (change.before, change.after))
    return before or after if not (before and after) or before == after else f"{before} → {after}"


def _some(versions: Sequence[str]) -> str:
    shown = ", ".join(version or "(no version)" for version in versions[:_MOST_VERSIONS])
    return shown + (f" and {len(versions) - _MOST_VERSIONS} more" if len(versions) > _MOST_VERSIONS else "")


def move_text(move: Move) -> str:
    """Write how much moves."""
    if not move.layers:
        return "nothing"
    words = [f"{size_or_unknown(move.size)} uncompressed"] if move.size is not None else []
    words += [f"{size_text(move.compressed)} compressed"] if move.compressed is not None else []
    return f"{count_text(move.layers, 'layer')}, {', '.join(words) or 'of unknown size'}"


def layer_change_text(kept: Sequence[ImageLayer], added: Sequence[ImageLayer], removed: Sequence[ImageLayer]) -> str:
    """Write how many layers stay, come and go."""
    return f"{len(kept)} kept, {len(added)} new, {len(removed)} gone"


def _packages(changes: Sequence[PackageChange], style: Style) -> Iterator[str]:
    colours = {"added": style.added, "removed": style.removed}
    yield from ("", style.bold("Packages") if changes else "Packages: the same")
    for kind in CHANGES:
        found = [change for change in changes if change.change == kind]
        if not found:
            continue
        yield f"  {colours.get(kind, style.changed)(_HEADINGS.get(kind, kind))}"
        rows = [
            (change.name, versions_text(change), change_text(change.size_after - change.size_before))
            for change in found
        ]
        yield from (f"    {line}" for line in table(rows, right=(2,)))


def _config(changes: Sequence[ConfigChange], style: Style) -> Iterator[str]:
    if not changes:
        return
    yield from ("", style.bold("Config"))
    for change in changes:
        if change.before is not None:
            yield f"  {style.removed(plain(f'- {change.key} = {config_text(change.before)}'))}"
        if change.after is not None:
            yield f"  {style.added(plain(f'+ {change.key} = {config_text(change.after)}'))}"


def _layers(difference: Difference, style: Style) -> Iterator[str]:
    yield ""
    counts = layer_change_text(difference.kept, difference.added, difference.removed)
    rows = [
        ("Layers", counts),
        ("Push", move_text(difference.push)),
        ("docker pull", move_text(difference.docker_pull)),
    ]
    yield from table(rows)
    for sign, layers, colour in (("+", difference.added, style.added), ("-", difference.removed, style.removed)):
        image = difference.after if sign == "+" else difference.before
        held = paths_by_layer(image)
        numbers = {layer.diff_id: number for number, layer in enumerate(image.layers)}
        for layer in layers:
            label = layer_label(layer, held.get(numbers[layer.diff_id], ()))
            yield f"  {colour(plain(f'{sign} {size_or_unknown(layer.size):>7}  {label}'))}"


def _files(changes: Sequence[FileChange], style: Style) -> Iterator[str]:
    yield from ("", style.bold("Files") if changes else "Files: the same")
    rows = [
        (_SIGNS.get(change.change, "~"), change_text((change.after or 0) - (change.before or 0)), change.path)
        for change in changes
    ]
    yield from (f"  {line}" for line in table(rows, right=(1,)))


def _named(image: OpenedImage) -> dict[str, Any]:
    whole = image_document(image)
    return {key: whole[key] for key in _NAMED}


def _move(move: Move) -> dict[str, Any]:
    return {"layers": move.layers, "size": move.size, "compressedSize": move.compressed}


def _file(change: FileChange) -> dict[str, Any]:
    return {"path": change.path, "change": change.change, "before": change.before, "after": change.after}
