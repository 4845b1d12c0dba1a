"""`nixdock sbom`: the bill of materials of a finished image."""

from __future__ import annotations

import argparse

from ..insight.sbom.finished import bill_of_finished
from ..insight.sbom.formats import FORMATS
from .terminal.opening import IMAGE, add_opening_arguments, choice
from .terminal.standard_output import write_document


def add_arguments(parser: argparse.ArgumentParser) -> None:
    known = (
        "IMAGE.sbom (nix-build -A IMAGE.sbom) knows more: licences, homepages, CPEs, which are in expressions alone."
    )
    parser.epilog = known
    parser.add_argument("image_word", metavar="IMAGE", help=IMAGE)
    parser.add_argument("--format", choices=tuple(FORMATS), default="cyclonedx", help="(default: %(default)s)")
    parser.add_argument("-o", "--output", metavar="FILE", default="-", help="where to write it; - is stdout (default)")
    add_opening_arguments(parser)


def run(options: argparse.Namespace) -> None:
    document = FORMATS[options.format].write(bill_of_finished(options.image_word, choice(options)))
    write_document(document, options.output)
