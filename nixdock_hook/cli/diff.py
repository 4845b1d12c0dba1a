"""`nixdock diff`: what is different between two images."""

from __future__ import annotations

import argparse

from ..insight.diff import document, lines
from ..insight.difference import compare
from ..insight.opened.model import Wanted
from ..insight.opened.opening import open_image
from .terminal.opening import IMAGE, add_opening_arguments, choice, style, write_json, write_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", metavar="A", help=f"the image before: {IMAGE}")
    parser.add_argument("after", metavar="B", help="the image after: the same")
    parser.add_argument("--files", action="store_true", help="each file that is different, too")
    parser.add_argument("--json", action="store_true", help="all of it, as JSON (its shape has a version)")
    add_opening_arguments(parser)


def run(options: argparse.Namespace) -> None:
    wanted = Wanted.PATHS | Wanted.FILES if options.files else Wanted.PATHS
    chosen = choice(options)
    with open_image(options.before, wanted, chosen) as before, open_image(options.after, wanted, chosen) as after:
        difference = compare(before, after, options.files)
        if options.json:
            write_json(document(difference))
        else:
            write_lines(lines(difference, style()))
