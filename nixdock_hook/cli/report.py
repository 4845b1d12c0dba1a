"""`nixdock report`: a page about an image, and what became of it since another one."""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from ..insight.difference import compare
from ..insight.opened.model import EVERYTHING, Wanted
from ..insight.opened.opening import open_image
from ..insight.report.page import page
from .terminal.opening import IMAGE, add_opening_arguments, choice
from .terminal.standard_output import write_document


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image_word", metavar="IMAGE", help=IMAGE)
    parser.add_argument("other", nargs="?", metavar="OTHER", help="an older image: what is different from it is shown")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="the page to write; - is stdout")
    parser.add_argument("--files", action="store_true", help="with OTHER: each file that is different, too")
    add_opening_arguments(parser)


def run(options: argparse.Namespace) -> None:
    chosen = choice(options)
    compared = Wanted.PATHS | Wanted.FILES if options.files else Wanted.PATHS
    with ExitStack() as stack:
        image = stack.enter_context(open_image(options.image_word, EVERYTHING, chosen))
        other = stack.enter_context(open_image(options.other, compared, chosen)) if options.other else None
        written = page(image, compare(other, image, options.files) if other else None)
        write_document(written.encode(), options.output)
