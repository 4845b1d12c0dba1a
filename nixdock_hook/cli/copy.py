"""`nixdock copy`: an image to where it runs, or to another registry."""

from __future__ import annotations

import argparse

from ..errors import InvalidInput
from ..image import Recipe, read_recipe
from ..oci.reference import parse_reference
from ..sinks.copy import RUNTIMES, copy_to_runtime
from ..sinks.push import Push
from .progress import Progress
from .reference import repo_tag


def run(options: argparse.Namespace) -> None:
    recipe = read_recipe(options.recipe)
    own_name = repo_tag(recipe, options)
    transport, colon, place = options.destination.partition(":")
    if not colon:
        remedy = "docker-daemon: podman: containerd: docker://HOST/NAME:TAG or another of skopeo's"
        raise InvalidInput(f"{options.destination!r} is no destination", "the command line", remedy)
    progress = Progress(recipe, options.quiet)
    if transport in RUNTIMES:
        name = parse_reference(place) if place else own_name
        copy_to_runtime(recipe, name, RUNTIMES[transport].with_options(options.passed_on), progress)
        progress.finished(f"{transport}:{name}")
    else:
        progress.finished(_push(recipe, own_name, options, progress))


def _push(recipe: Recipe, own_name: str, options: argparse.Namespace, progress: Progress) -> str:
    destination = options.destination
    if destination == "docker://":
        destination += own_name
    Push(recipe, own_name, destination, options.compression, options.reuse_from, options.passed_on).run(progress)
    return str(destination)
