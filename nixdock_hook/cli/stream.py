"""`nixdock stream`: an image as a pipe to `docker load`."""

from __future__ import annotations

import argparse
import signal
import sys

from ..errors import InvalidInput
from ..image_index import read_image, single_image
from ..sinks.archive import NamedImage, write_docker_archive
from .image_arguments import add_image_arguments, repo_tag


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_image_arguments(parser)


def run(options: argparse.Namespace) -> None:
    if sys.stdout.isatty():
        raise InvalidInput("an archive would go to the terminal", "stdout", "pipe it: … | docker load")
    # A reader that goes away ends us as it ends `cat`: without a traceback.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    recipe = single_image(read_image(options.recipe), "a docker-archive", options.recipe)
    # Not through sys.stdout: what its buffer still holds at the end would be written where no error is caught.
    with open(sys.stdout.fileno(), "wb", closefd=False) as output:
        write_docker_archive([NamedImage.of(recipe, repo_tag(recipe, options))], output)
