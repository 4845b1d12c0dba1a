"""`nixdock stream`: an image as a pipe to `docker load`."""

from __future__ import annotations

import argparse

from ..images.index import read_image, single_image
from ..sinks.docker_archive import NamedImage, write_docker_archive
from .image_arguments import add_image_arguments, repo_tag
from .standard_output import archive_output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_image_arguments(parser)


def run(options: argparse.Namespace) -> None:
    with archive_output() as output:
        recipe = single_image(read_image(options.recipe), "a docker-archive", options.recipe)
        write_docker_archive([NamedImage.of(recipe, repo_tag(recipe, options))], output)
