"""`nixdock archive`: an image as a file, or as the directory of an OCI layout."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..errors import InvalidInput
from ..image_index import read_image, single_image
from ..sinks.archive import COMPRESSORS, NamedImage, archive_file, compressed, write_docker_archive
from ..sinks.layout import write_oci_layout
from .image_arguments import add_image_arguments, repo_tag
from .messages import say
from .standard_output import archive_output

if TYPE_CHECKING:
    from ..image_index import Image


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_image_arguments(parser)
    parser.add_argument("file", metavar="FILE", help="where to write it; - is stdout")
    parser.add_argument(
        "--format", choices=("docker", "oci"), default="docker", help="a docker-archive, or a directory (an OCI layout)"
    )
    parser.add_argument("--compressor", choices=COMPRESSORS, default="none", help="of a docker-archive as a whole")


def run(options: argparse.Namespace) -> None:
    image = _image(options)
    if options.format == "oci":
        if options.file == "-":
            raise InvalidInput("an OCI layout is a directory", "stdout", "name one in place of -")
        write_oci_layout(image, repo_tag(image, options), options.file)
        return
    recipe = single_image(image, "a docker-archive", options.recipe)
    named = [NamedImage.of(recipe, repo_tag(recipe, options))]
    if options.file == "-":
        with archive_output() as stdout, compressed(stdout, options.compressor) as output:
            write_docker_archive(named, output)
    else:
        with archive_file(options.file, options.compressor) as output:
            write_docker_archive(named, output)


def _image(options: argparse.Namespace) -> Image:
    """Read the recipe. Until 0.1 it came behind the file; that order is understood where the first is no recipe."""
    try:
        return read_image(options.recipe)
    except (InvalidInput, OSError):
        try:
            image = read_image(options.file)
        except (InvalidInput, OSError):
            image = None
        if image is None:
            raise
    options.recipe, options.file = options.file, options.recipe
    say("nixdock: warning: the order of arguments is now: nixdock archive RECIPE FILE")
    return image
