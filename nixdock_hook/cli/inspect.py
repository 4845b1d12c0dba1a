"""`nixdock inspect`: what is in an image."""

from __future__ import annotations

import argparse

from ..insight import inspect
from ..insight.json_shape import image_document
from ..insight.opened.model import Wanted
from ..insight.opened.opening import open_image
from .terminal.opening import IMAGE, add_opening_arguments, choice, style, write_json, write_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image_word", metavar="IMAGE", help=IMAGE)
    views = parser.add_mutually_exclusive_group()
    views.add_argument("--layers", action="store_true", help="every layer, the lowest first")
    views.add_argument("--paths", action="store_true", help="every store path, the largest first")
    views.add_argument("--tree", action="store_true", help="what the image mentions, and what that refers to")
    why = "the shortest chain of references that leads there, like nix why-depends: glibc, glibc-2.39, /nix/store/…"
    views.add_argument("--why", metavar="NAME|PATH", help=why)
    parser.add_argument("--json", action="store_true", help="all that was found out, as JSON (its shape has a version)")
    add_opening_arguments(parser)


def run(options: argparse.Namespace) -> None:
    with open_image(options.image_word, _wanted(options), choice(options)) as image:
        if options.json:
            chains = {"why": inspect.whys(image, options.why)} if options.why is not None else {}
            write_json(image_document(image) | chains)
        elif options.why is not None:
            write_lines(inspect.why(image, options.why, style()))
        elif options.tree:
            write_lines(inspect.tree(image, style()))
        elif options.paths:
            write_lines(inspect.paths(image, style()))
        elif options.layers:
            write_lines(inspect.layers(image, style()))
        else:
            write_lines(inspect.summary(image, style()))


def _wanted(options: argparse.Namespace) -> Wanted:
    """A registry's image is fetched only for what its documents do not tell."""
    if options.why is not None or options.tree:
        return Wanted.PATHS | Wanted.GRAPH
    if options.image_word.startswith("docker://") and not options.paths:
        return Wanted.DOCUMENTS
    return Wanted.PATHS
