"""`nixdock sbom`: the bill of materials of a finished image."""

from __future__ import annotations

import argparse

from ..insight.opened.model import Wanted
from ..insight.opened.opening import open_image
from ..insight.sbom.components import bill_of
from ..insight.sbom.derivers import facts_of_derivers
from ..insight.sbom.described import described_image
from ..insight.sbom.formats import FORMATS
from ..outputs import whole_file
from .opening import IMAGE, add_opening_arguments, choice, write_lines


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
    with open_image(options.image_word, Wanted.PATHS | Wanted.GRAPH, choice(options)) as image:
        facts = facts_of_derivers(path.path for path in image.paths or ()) if image.kind == "recipe" else {}
        document = FORMATS[options.format].write(bill_of(described_image(image), {}, facts))
    if options.output == "-":
        write_lines([document.decode().rstrip("\n")])
    else:
        with whole_file(options.output) as file:
            file.write(document)
