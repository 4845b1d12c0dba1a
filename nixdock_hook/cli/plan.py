"""`nixdock plan`: which store paths share a layer, how likely it changes, and what changes send again."""

from __future__ import annotations

import argparse

from ..errors import UsageError
from ..insight.layer_plan import image_closure, image_groups, plan_document, plan_lines, read_graph
from ..insight.opened.model import Wanted
from ..insight.opened.opening import open_image
from ..layers.planner import appraise, plan
from .terminal.opening import IMAGE, add_opening_arguments, choice, style, write_json, write_lines

_MOST_LAYERS = 100
"""Of a graph where nothing is said: the default of buildLayeredImage."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image_word", metavar="IMAGE", nargs="?", help=IMAGE)
    parser.add_argument("--graph", metavar="FILE", help='a closure as JSON: {"PATH": {"size": BYTES, "refs": [PATH…]}}')
    most = f"for store paths (default: the image's own layers; of a graph {_MOST_LAYERS})"
    parser.add_argument("--max-layers", type=_count, metavar="N", help=f"plan for at most N layers {most}")
    parser.add_argument("--json", action="store_true", help="print JSON, the lowest layer first")
    add_opening_arguments(parser)


def run(options: argparse.Namespace) -> None:
    if (options.image_word is None) == (options.graph is None):
        raise UsageError("it takes an image or a graph", "give IMAGE, or --graph FILE")
    if options.graph is not None:
        closure, groups = read_graph(options.graph), None
    else:
        with open_image(options.image_word, Wanted.PATHS | Wanted.GRAPH, choice(options)) as image:
            closure, groups = image_closure(image), image_groups(image)
    if groups is None or options.max_layers is not None:
        planned = plan(closure, closure, options.max_layers or _MOST_LAYERS)
    else:
        planned = appraise(closure, groups)
    if options.json:
        write_json(plan_document(planned))
    else:
        write_lines(plan_lines(planned, closure, style()))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of layers: give 1 or more")
    return int(text)
