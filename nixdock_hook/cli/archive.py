"""`nixdock archive`: an image as a file, or as the directory of an OCI layout."""

from __future__ import annotations

import argparse

from ..image_index import read_image, single_image
from ..sinks.archive import COMPRESSORS, NamedImage, archive_file, write_docker_archive
from ..sinks.layout import write_oci_layout
from .image_arguments import add_image_arguments, repo_tag


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="where to write it")
    parser.add_argument(
        "--format", choices=("docker", "oci"), default="docker", help="a docker-archive, or a directory (an OCI layout)"
    )
    parser.add_argument("--compressor", choices=COMPRESSORS, default="none", help="of a docker-archive as a whole")
    add_image_arguments(parser)


def run(options: argparse.Namespace) -> None:
    image = read_image(options.recipe)
    if options.format == "oci":
        write_oci_layout(image, repo_tag(image, options), options.file)
        return
    recipe = single_image(image, "a docker-archive", options.recipe)
    with archive_file(options.file, options.compressor) as file:
        write_docker_archive([NamedImage.of(recipe, repo_tag(recipe, options))], file)
