"""The arguments that several commands have: of those that take a recipe, and of those that ask a registry."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from ...errors import InvalidInput

if TYPE_CHECKING:
    from ...images.index import Image
    from ...registries.access import Access


def add_image_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe and the name."""
    parser.add_argument("recipe", metavar="RECIPE", help="image.json, or the store path that holds it (IMAGE.recipe)")
    parser.add_argument("-t", "--repo-tag", metavar="NAME:TAG", help="instead of the image's own name")
    parser.add_argument("--tag", help=argparse.SUPPRESS)


def repo_tag(image: Image, options: argparse.Namespace, default_tag: str | None = None) -> str:
    """Return NAME:TAG, from the command line or else the recipe (or index), in which it may be anybody's word.

    default_tag: for what has none, None = an error.
    """
    from ...oci.reference import parse_reference  # slow to import

    if options.repo_tag:
        return str(parse_reference(options.repo_tag))
    tag = options.tag or image.tag or default_tag
    if tag is None:
        raise InvalidInput("the recipe has no tag", options.recipe, "name the image with --repo-tag NAME:TAG")
    return str(parse_reference(f"{image.name}:{tag}", options.recipe))


def add_layer_compression(
    parser: argparse.ArgumentParser, default: str | None = "none", shown_default: str = "none"
) -> None:
    """Add the compression of layers, each for itself; None where the default is the command's matter."""
    choices = ("none", "gzip", "zstd")  # LAYER_COMPRESSIONS of sinks.compressed, which is slow to import
    text = f"how to compress each layer; docker 29 pushes them as it got them (default: {shown_default})"
    parser.add_argument("--layer-compression", choices=choices, default=default, help=text)


def add_registry_arguments(
    parser: argparse.ArgumentParser, system: str | None = None, architecture: str | None = None
) -> None:
    """Add the platform, with these defaults, and the access to the registry."""
    parser.add_argument("--os", default=system, help="default: linux")
    parser.add_argument("--arch", default=architecture, help="GOARCH (default: this machine's)")
    add_access_arguments(parser)


def add_access_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how the registry is reached."""
    parser.add_argument("--authfile", metavar="FILE", help="credentials; default: those of skopeo, podman, docker")
    parser.add_argument(
        "--tls-verify", choices=("true", "false"), default="true", help="false: take any certificate, and plain HTTP"
    )


def registry_access(options: argparse.Namespace) -> Access:
    """Return how the registry is reached, as these options and the environment say.

    Raises InvalidInput for files that are none, OSError where the one with credentials is not there.
    """
    from ...registries.access import Access  # slow to import

    if options.authfile:
        os.stat(options.authfile)
    return Access(options.tls_verify == "true", options.authfile, os.environ)


def host_architecture() -> str:
    """Return GOARCH of this machine."""
    from ...oci.platform import go_word

    return go_word(os.uname().machine)
