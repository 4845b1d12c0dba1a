"""`nixdock copy`: an image to where it runs, or to another registry."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..copying.runtimes import RUNTIMES, Runtime
from ..errors import InvalidInput
from .image_arguments import add_image_arguments, add_layer_compression, repo_tag

if TYPE_CHECKING:
    from ..images.index import Image
    from .progress import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "nixdock copy [OPTION]… RECIPE DESTINATION [NAME:TAG] [-- OPTION OF THE CLIENT…]"
    parser.epilog = "Options after -- are passed to skopeo copy; for docker, podman and ctr they precede their command."
    add_image_arguments(parser)
    parser.add_argument(
        "destination",
        metavar="DESTINATION",
        help="docker-daemon: podman: containerd: docker:// (each under the image's own name, or with NAME:TAG behind"
        " it), or any other of skopeo's: oci:DIR:TAG, dir:DIR, docker-archive:FILE …",
    )
    parser.add_argument("place", nargs="?", metavar="NAME:TAG", help="the rest of a destination that ends with : or //")
    parser.add_argument(
        "--reuse-from",
        action="append",
        default=[],
        metavar="REFERENCE",
        help="docker://… whose layers the destination has too; the destination's own are always looked for",
    )
    parser.add_argument(
        "--compression",
        choices=("gzip", "zstd"),
        default="gzip",
        help="of layers that a registry lacks (default: gzip); into a runtime they go with --layer-compression",
    )
    add_layer_compression(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")


def run(options: argparse.Namespace) -> None:
    if options.place is not None:
        options.destination = _with_place(options.destination, options.place)
    transport, colon, place = options.destination.partition(":")
    if not colon:
        remedy = "use docker-daemon:, podman:, containerd:, docker://HOST/NAME:TAG or another of skopeo's"
        raise InvalidInput(f"{options.destination!r} is no destination", "the command line", remedy)
    runtime = RUNTIMES[transport](options.passed_on) if transport in RUNTIMES else None
    # Here, not above: docker's client answers while this is imported.
    from ..images.index import read_image
    from .progress import Progress

    image = read_image(options.recipe)
    progress = Progress(image, options.quiet)
    if runtime:
        _copy(image, runtime, place, options, progress)
    else:
        _push(image, options, progress)


def _with_place(destination: str, place: str) -> str:
    """Join the two words of a destination; commands of passthru have the first, and their user may type it again."""
    if not destination.endswith((":", "://")):
        remedy = "one destination can be given: its name and tag are part of it"
        raise InvalidInput(f"{place!r} follows the destination {destination!r}", "the command line", remedy)
    return destination + place.removeprefix(destination)


def _copy(image: Image, runtime: Runtime, place: str, options: argparse.Namespace, progress: Progress) -> None:
    from ..copying.to_runtime import copy_to_runtime
    from ..images.index import single_image
    from ..oci.reference import parse_reference

    transport = options.destination.removesuffix(place)
    recipe = single_image(image, transport, options.recipe)
    name = str(parse_reference(place)) if place else repo_tag(image, options)
    copy_to_runtime(recipe, name, runtime, progress, options.layer_compression)
    progress.finished(f"{transport}{name}")


def _push(image: Image, options: argparse.Namespace, progress: Progress) -> None:
    from ..copying.push import Push
    from ..images.index import single_image

    name, destination = repo_tag(image, options), options.destination
    if destination.startswith("docker-archive:"):
        single_image(image, "a docker-archive", options.recipe)
    if destination == "docker://":
        destination += name
    Push(image, name, destination, options.compression, options.reuse_from, options.passed_on).run(progress)
    progress.finished(destination)
