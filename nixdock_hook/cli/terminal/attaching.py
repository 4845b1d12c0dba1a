"""The documents that a command attaches to an image: files, and what its passthru has (`sbom`, `provenance`)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ...errors import InvalidInput, ProgramFailed
from ...process import PIPE, run
from .arguments import host_architecture

if TYPE_CHECKING:
    from ...oci.artifact import Attachment

_SBOM, _PROVENANCE = "sbom", "provenance"


def add_attach_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is attached."""
    parser.add_argument(
        "--attach",
        action="append",
        default=[],
        metavar="DOCUMENT",
        help="sbom (in both formats), provenance, or FILE (CycloneDX, SPDX, in-toto; TYPE/SUBTYPE=FILE for any other)",
    )
    # From the programs of passthru: a document's kind, and the derivation that makes it.
    parser.add_argument("--document", action="append", default=[], metavar="KIND=DRV", help=argparse.SUPPRESS)


def attachments(options: argparse.Namespace, recipe: str) -> list[Attachment]:
    """Read, or make, what these options attach. recipe: the image's.

    Raises InvalidInput for a document that is none, or that nobody here can make.
    """
    from ...copying.attachments import read_attachment  # slow to import

    found: list[Attachment] = []
    for word in dict.fromkeys(options.attach):
        if word not in (_SBOM, _PROVENANCE):
            found.append(read_attachment(word))
        elif derivations := [one for kind, _, one in _known(options) if kind == word]:
            found += [read_attachment(path) for path in _realised(word, derivations)]
        elif word == _SBOM:
            found += _bills(recipe)
        else:
            remedy = "build it, nix-build -A IMAGE.provenance, and attach the file"
            raise InvalidInput("a recipe does not say how it was made", "--attach provenance", remedy)
    return found


def _known(options: argparse.Namespace) -> list[tuple[str, str, str]]:
    return [word.partition("=") for word in options.document]


def _realised(kind: str, derivations: list[str]) -> list[str]:
    """Build documents, where they are not built: what moves an image is made without them."""
    try:
        return run(["nix-build", "--no-out-link", *derivations], stdout=PIPE).decode().split()
    except ProgramFailed as error:
        remedy = f"build it, nix-build -A IMAGE.{kind}, and attach the file"
        raise InvalidInput(f"the {kind} cannot be built ({error.what})", derivations[0], remedy) from error


def _bills(recipe: str) -> list[Attachment]:
    """The bills of materials of a recipe of which no expression is known."""
    from ...images.index import ImageIndex, read_image
    from ...insight.opened.model import Choice
    from ...insight.sbom.finished import bill_of_finished
    from ...insight.sbom.formats import FORMATS
    from ...oci.artifact import PREDICATES, Attachment

    if isinstance(read_image(recipe), ImageIndex):
        remedy = "attach the files that you want: --attach $(nix-build -A IMAGE.sbom)"
        raise InvalidInput("an index of several platforms has no bill of materials of its own", recipe, remedy)
    bill = bill_of_finished(recipe, Choice(host_architecture()))
    return [
        Attachment(kind.media_type, kind.write(bill), f"sbom.{kind.extension}", PREDICATES[kind.media_type])
        for kind in FORMATS.values()
    ]
