"""`nixdock stream`: an image as a pipe to `docker load`."""

from __future__ import annotations

import argparse

from ..images.index import read_image, single_image, tell_lost_by_podman
from ..messages import warn
from ..sinks.oci_archive import write_archive
from .terminal.arguments import add_image_arguments, add_layer_compression, repo_tag
from .terminal.standard_output import archive_output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_image_arguments(parser)
    add_layer_compression(parser)


def run(options: argparse.Namespace) -> None:
    with archive_output() as output:
        recipe = single_image(read_image(options.recipe), "a docker-archive", options.recipe)
        if options.layer_compression != "none":  # an OCI layout, too
            tell_lost_by_podman(recipe, warn)
        write_archive(recipe, repo_tag(recipe, options), output, options.layer_compression)
