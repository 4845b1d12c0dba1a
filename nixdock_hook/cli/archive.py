"""`nixdock archive`: an image as a file."""

from __future__ import annotations

import argparse

from ..image import read_recipe
from ..sinks.archive import NamedImage, archive_file, write_docker_archive
from .reference import repo_tag


def run(options: argparse.Namespace) -> None:
    recipe = read_recipe(options.recipe)
    with archive_file(options.file, options.compressor) as file:
        write_docker_archive([NamedImage.of(recipe, repo_tag(recipe, options))], file)
