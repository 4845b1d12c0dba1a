"""`nixdock archive`: an image as a file, or as the directory of an OCI layout."""

from __future__ import annotations

import argparse

from ..image import read_recipe
from ..sinks.archive import NamedImage, archive_file, write_docker_archive
from ..sinks.layout import write_oci_layout
from .reference import repo_tag


def run(options: argparse.Namespace) -> None:
    recipe = read_recipe(options.recipe)
    if options.format == "oci":
        write_oci_layout(recipe, repo_tag(recipe, options), options.file)
        return
    with archive_file(options.file, options.compressor) as file:
        write_docker_archive([NamedImage.of(recipe, repo_tag(recipe, options))], file)
