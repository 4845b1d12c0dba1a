"""`nixdock archive`: an image as a docker-archive, or as an OCI layout, which is a directory or a tar."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import InvalidInput, UsageError
from ..images.index import read_image, single_image, tell_lost_by_podman
from ..messages import warn
from ..sinks.docker_archive import COMPRESSORS, ArchiveCompressor, CountedOutput, Output, archive_file, compressed
from ..sinks.oci_archive import write_archive, write_oci_archive
from ..sinks.oci_layout import write_oci_layout
from .terminal.arguments import add_image_arguments, add_layer_compression, repo_tag
from .terminal.progress import Progress
from .terminal.standard_output import archive_output

if TYPE_CHECKING:
    from ..images.index import Image
    from ..sinks.compressed import LayerCompression


_COMPRESSORS: dict[str, ArchiveCompressor] = {".tar": "none", ".tar.gz": "gzip", ".tgz": "gzip", ".tar.zst": "zstd"}
"""What the ending of a tar's name says of its compression."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_image_arguments(parser)
    parser.add_argument("file", metavar="FILE", help="where to write it; - is stdout")
    forms = "a docker-archive, or an OCI layout: a directory, or a tar where FILE is named like one (.tar …) or is -"
    parser.add_argument("--format", choices=("docker", "oci"), default="docker", help=forms)
    parser.add_argument(
        "--compressor",
        choices=COMPRESSORS,
        type=_compressor,
        help="how to compress a tar as a whole (default: gzip for .tar.gz and .tgz, zstd for .tar.zst, else none)",
    )
    add_layer_compression(parser, default=None, shown_default="none, and of an OCI layout gzip")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")


def _compressor(word: str) -> str:
    """Read the name of a compression; until 0.1 that of gzip was gz, which dockerTools calls it."""
    return "gzip" if word == "gz" else word


def run(options: argparse.Namespace) -> None:
    image = _image(options)
    compression: LayerCompression = options.layer_compression or ("gzip" if options.format == "oci" else "none")
    is_oci = options.format == "oci" or compression != "none"
    if is_oci and not options.quiet:
        tell_lost_by_podman(image, warn)
    progress = Progress(image, options.quiet)
    named = next((word for ending, word in _COMPRESSORS.items() if options.file.endswith(ending)), None)
    compressor: ArchiveCompressor = options.compressor or named or "none"
    if options.format == "oci" and options.file != "-" and not named:
        if compressor != "none":
            remedy = "leave out --compressor, or name a file that ends in .tar"
            raise UsageError(f"the directory {options.file} cannot be compressed as a whole", remedy)
        write_oci_layout(image, repo_tag(image, options), options.file, compression, progress.compressed)
    elif options.format == "oci":
        with _output(options.file, compressor, progress) as output:
            write_oci_archive(image, repo_tag(image, options), output, compression)
    else:
        recipe = single_image(image, "a docker-archive", options.recipe)
        with _output(options.file, compressor, progress) as output:
            write_archive(recipe, repo_tag(recipe, options), output, compression)
    progress.written(options.file)


@contextmanager
def _output(file: str, compressor: ArchiveCompressor, progress: Progress) -> Iterator[Output]:
    if file == "-":
        with archive_output() as stdout, compressed(stdout, compressor) as output:
            yield CountedOutput(output, progress)
    else:
        with archive_file(file, compressor) as output:
            yield CountedOutput(output, progress)


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
    warn("the order of arguments is now: nixdock archive RECIPE FILE")
    return image
