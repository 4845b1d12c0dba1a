"""The report's page: what is in an image, where its bytes are, and what became of it since another one.

It holds all that it needs, and asks nobody for more: its Content-Security-Policy allows styles, the one script in it by
its digest, and no network. Without the script the tables are all there; it adds search and order.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator, Sequence

from ...oci.digest import sha256
from ..diff import layer_change_text, move_text, versions_text
from ..difference import Difference
from ..inspect import config_text, layer_label, paths_by_layer, root_text, size_facts
from ..opened.contributors import contributors
from ..opened.graph import shortest_chain
from ..opened.model import OpenedImage, StorePath
from ..opened.packages import package_of
from ..text import change_text, count_text, size_or_unknown, size_text
from .duplicates import duplicates
from .markup import attribute, items, section, table, text
from .treemap import Group, Part, treemap

_MOST_SHOWN = 50
"""Rows of tables that show the largest of something."""
_MOST_NAMED = 5
"""Paths that are named of a duplicate."""
_MOST_CHANGES = 1_000
"""Rows about files that are different: two versions of a distribution have all of theirs."""


def page(image: OpenedImage, difference: Difference | None = None) -> str:
    """Return the page. The image is opened with everything wanted; difference: from another one to this one."""
    parts = [
        ("summary", "Summary", _summary(image)),
        *([("changes", "Changes", _changes(difference))] if difference else []),
        ("map", "Where the bytes are", _map(image)),
        ("layers", "Layers", _layers(image)),
        ("contributors", "Largest contributors", _contributors(image)),
        ("components", "Components", _components(image)),
        ("duplicates", "Duplicates", _duplicates(image)),
        ("config", "Config", _config(image)),
    ]
    links = "".join(f'<li><a href="#{name}">{text(heading)}</a>' for name, heading, _ in parts)
    style, script = _asset("report.css"), _asset("report.js")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src '{_source(script)}'; form-action 'none'"
    body = "".join(section(name, heading, content) for name, heading, content in parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{attribute(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(image.title)}: image report</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#summary">Skip to the report</a>\n<header><h1>{text(image.title)}</h1></header>\n'
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>\n<main>\n{body}</main>\n<script>{script}</script>\n'
        "</body>\n</html>\n"
    )


def _asset(name: str) -> str:
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as file:
        return file.read()


def _source(script: str) -> str:
    return f"sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}"


def _summary(image: OpenedImage) -> str:
    facts = [("What", image.kind), ("Platform", str(image.platform)), ("Created", image.created or "")]
    facts += [("Image ID", image.config_digest or ""), ("Manifest", image.manifest or "")]
    facts += [("Size", size_facts(image)), *sorted(image.annotations.items())]
    return items((name, text(value)) for name, value in facts if value)


def _map(image: OpenedImage) -> str:
    held = paths_by_layer(image)
    groups = [_group(image, number, held.get(number, ())) for number in range(len(image.layers))]
    drawn = treemap(groups, "Treemap of layers and store paths by size; the tables below have the same numbers")
    words = "Areas are bytes: each layer, divided into its store paths and its other files. Colours tell layers apart."
    return f"<p>{words}</p>{drawn}" if drawn else "<p>Nothing in it has a size."


def _group(image: OpenedImage, number: int, held: Sequence[StorePath]) -> Group:
    layer = image.layers[number]
    parts = [
        Part(
            str(package_of(path.path)),
            f"{path.path}: {size_text(path.nar_size or 0)}, layer {number + 1}",
            path.nar_size or 0,
        )
        for path in held
    ]
    if image.contents and (rest := image.contents.others[number].size):
        parts.append(Part("other files", f"files outside of the store: {size_text(rest)}, layer {number + 1}", rest))
    return Group(f"layer {number + 1}: {layer_label(layer, held)}, {size_or_unknown(layer.size)}", tuple(parts))


def _layers(image: OpenedImage) -> str:
    held = paths_by_layer(image)
    kept = ("Compressed",) if any(layer.blob for layer in image.layers) else ()
    rows = [
        (
            str(number + 1),
            size_or_unknown(layer.size),
            *(size_text(layer.blob.size) if layer.blob else "" for _ in kept),
            str(len(held.get(number, ()))),
            str(image.contents.others[number].count) if image.contents else "",
            f"<code>{text(layer.diff_id[7:19])}</code>",
            text(layer_label(layer, held.get(number, ())) + (" (base)" if layer.from_base else "")),
        )
        for number, layer in enumerate(image.layers)
    ]
    heads = ("Layer", "Size", *kept, "Store paths", "Other files", "Diff ID", "What")
    return table("The lowest layer first", heads, rows, numbers=range(len(heads) - 2))


def _contributors(image: OpenedImage) -> str:
    found = contributors(image)[:_MOST_SHOWN]
    if not found:
        return "<p>It has no store paths."
    rows = [
        (
            text(package_of(one.path)),
            size_text(one.brings),
            size_text(one.size),
            str(one.brought),
            " → ".join(_step(step) for step in shortest_chain(image, one.path)),
        )
        for one in found
    ]
    words = "What would be gone if nothing in the image referred to this store path: itself, and what only it needs."
    heads = ("Package", "Brings", "Itself", "Store paths", "Why it is there")
    return f"<p>{words}</p>" + table("Those that bring most first", heads, rows, numbers=(1, 2, 3))


def _step(step: str) -> str:
    return text(package_of(step)) if step.startswith("/nix/store/") else text(root_text(step))


def _components(image: OpenedImage) -> str:
    if not image.paths:
        return "<p>It has no store paths."
    search = (
        '<p class="find" hidden><label for="find">Search components: </label>'
        '<input id="find" type="search" autocomplete="off"> <span id="found" role="status"></span></p>'
    )
    heads = ("Name", "Version", "Output", "Size", "Layer", "Store path, below /nix/store/")
    caption = f"{count_text(len(image.paths), 'store path')}, sorted by name"
    return search + table(caption, heads, _component_rows(image.paths), numbers=(3, 4), name="components-table")


def _component_rows(paths: Iterable[StorePath]) -> Iterator[tuple[str, ...]]:
    named = sorted(((package_of(path.path), path) for path in paths), key=lambda pair: (pair[0].name, pair[1].path))
    for package, path in named:
        layer = "" if path.layer is None else str(path.layer + 1)
        size = size_or_unknown(path.nar_size)
        store_name = text(path.path.rpartition("/")[2])
        yield text(package.name), text(package.version), text(package.output), size, layer, store_name


def _duplicates(image: OpenedImage) -> str:
    found = duplicates(image.contents.tree) if image.contents else []
    if not found:
        return "<p>No two files of 1 KiB or more hold the same."
    wasted = sum(one.wasted for one in found)
    rows = [
        (size_text(one.wasted), size_text(one.size), str(len(one.paths)), _paths(one.paths))
        for one in found[:_MOST_SHOWN]
    ]
    words = (
        f"{count_text(len(found), 'set')} of files with the same content; all but one of each take {size_text(wasted)}."
    )
    heads = ("Could go", "Size of one", "Files", "Where")
    return f"<p>{words}</p>" + table("Those that waste most first", heads, rows, numbers=(0, 1, 2))


def _paths(paths: Sequence[str]) -> str:
    shown = "<br>".join(text(path) for path in paths[:_MOST_NAMED])
    return shown + (f"<br>and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else "")


def _config(image: OpenedImage) -> str:
    rows = [(key, value) for key, value in sorted(image.config.items())]
    return items((key, "\n".join(map(text, _lines(value)))) for key, value in rows) if rows else "<p>It is empty."


def _lines(value: object) -> list[str]:
    if isinstance(value, list) and value:
        return list(map(config_text, value))
    if isinstance(value, dict) and value:
        return [f"{name} = {config_text(item)}" if item else name for name, item in sorted(value.items())]
    return [config_text(value)]


def _changes(difference: Difference) -> str:
    counts = layer_change_text(difference.kept, difference.added, difference.removed)
    facts = [("From", difference.before.title), ("To", difference.after.title), ("Layers", counts)]
    facts += [("A push moves", move_text(difference.push)), ("docker pull moves", move_text(difference.docker_pull))]
    content = items((name, text(value)) for name, value in facts)
    if difference.packages:
        rows = [
            (text(one.name), one.change, text(versions_text(one)), change_text(one.size_after - one.size_before))
            for one in difference.packages
        ]
        content += table("Packages", ("Name", "Change", "Versions", "Size"), rows, numbers=(3,))
    else:
        content += "<p>The packages are the same."
    if difference.config:
        configs = [(text(one.key), _side(one.before), _side(one.after)) for one in difference.config]
        content += table("Config", ("Key", "Before", "After"), configs)
    return content + _file_changes(difference)


def _side(value: object) -> str:
    return "" if value is None else text(config_text(value))


def _file_changes(difference: Difference) -> str:
    files = difference.files or ()
    if not files:
        return ""
    rows = [
        (text(one.path), one.change, change_text((one.after or 0) - (one.before or 0))) for one in files[:_MOST_CHANGES]
    ]
    more = f"the first {len(rows)} of {len(files)}" if len(files) > len(rows) else str(len(files))
    return table(f"Files: {more}", ("Path", "Change", "Size"), rows, numbers=(2,))
