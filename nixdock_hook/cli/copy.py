"""`nixdock copy`: an image to where it runs, or to another registry."""

from __future__ import annotations

import argparse

from ..errors import InvalidInput
from ..image_index import Image, read_image, single_image
from ..oci.reference import parse_reference
from ..sinks.copy import RUNTIMES, copy_to_runtime
from ..sinks.push import Push
from .progress import Progress
from .reference import repo_tag


def run(options: argparse.Namespace) -> None:
    image = read_image(options.recipe)
    own_name = repo_tag(image, options)
    transport, colon, place = options.destination.partition(":")
    if not colon:
        remedy = "docker-daemon: podman: containerd: docker://HOST/NAME:TAG or another of skopeo's"
        raise InvalidInput(f"{options.destination!r} is no destination", "the command line", remedy)
    progress = Progress(image, options.quiet)
    if transport in RUNTIMES:
        recipe = single_image(image, f"{transport}:", options.recipe)
        name = parse_reference(place) if place else own_name
        copy_to_runtime(recipe, name, RUNTIMES[transport].with_options(options.passed_on), progress)
        progress.finished(f"{transport}:{name}")
    else:
        if transport == "docker-archive":
            single_image(image, "a docker-archive", options.recipe)
        progress.finished(_push(image, own_name, options, progress))


def _push(image: Image, own_name: str, options: argparse.Namespace, progress: Progress) -> str:
    destination = options.destination
    if destination == "docker://":
        destination += own_name
    Push(image, own_name, destination, options.compression, options.reuse_from, options.passed_on).run(progress)
    return str(destination)
