"""The commands that people type, read from the command line."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from .errors import InvalidInput
from .image import Recipe, read_recipe
from .oci.reference import parse_reference
from .sinks.archive import COMPRESSORS, NamedImage, archive_file, write_docker_archive


def run(arguments: Sequence[str]) -> None:
    """Parse `arguments` and run the command they name; usage errors exit with 2, as argparse does."""
    options = _parser().parse_args(arguments)
    options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nixdock", description="Container images from Nix.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    stream = commands.add_parser("stream", help="write an image's docker-archive to stdout")
    stream.set_defaults(run=_stream)
    archive = commands.add_parser("archive", help="write an image's docker-archive to a file")
    archive.add_argument("file", help="where to write it")
    archive.add_argument("--compressor", choices=COMPRESSORS, default="none", help="of the whole file")
    archive.set_defaults(run=_archive)
    for command in (stream, archive):
        command.add_argument("recipe", help="image.json, or the store path that holds it (IMAGE.recipe)")
        command.add_argument("-t", "--repo_tag", metavar="NAME:TAG", help="instead of the image's own name")
        command.add_argument("--tag", help=argparse.SUPPRESS)
    return parser


def _repo_tag(recipe: Recipe, options: argparse.Namespace) -> str:
    if options.repo_tag:
        return parse_reference(options.repo_tag)
    tag = options.tag or recipe.tag
    if tag is None:
        raise InvalidInput("the recipe has no tag", options.recipe, "name the image with --repo_tag NAME:TAG")
    return f"{recipe.name}:{tag}"


def _stream(options: argparse.Namespace) -> None:
    if sys.stdout.isatty():
        raise InvalidInput("an archive would go to the terminal", "stdout", "pipe it: … | docker load")
    # A reader that goes away ends us as it ends `cat`: without a traceback.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    recipe = read_recipe(options.recipe)
    # Not through sys.stdout: what its buffer still holds at the end would be written where no error is caught.
    with open(sys.stdout.fileno(), "wb", closefd=False) as output:
        write_docker_archive([NamedImage.of(recipe, _repo_tag(recipe, options))], output)


def _archive(options: argparse.Namespace) -> None:
    recipe = read_recipe(options.recipe)
    with archive_file(options.file, options.compressor) as file:
        write_docker_archive([NamedImage.of(recipe, _repo_tag(recipe, options))], file)
