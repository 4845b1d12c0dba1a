"""The commands that people type, read from the command line; each is run by a module of its own."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module

from ..sinks.archive import COMPRESSORS
from .registry_arguments import add_registry_commands

_COMPRESSIONS = ("gzip", "zstd")


def run(arguments: Sequence[str]) -> None:
    """Parse `arguments` and run the command they name; usage errors exit with 2, as argparse does."""
    # argparse takes "--" for itself; what stands behind it is for another program.
    own, theirs = list(arguments), []
    if "--" in own:
        end = own.index("--")
        own, theirs = own[:end], own[end + 1 :]
    parser = _parser()
    options = parser.parse_args(own)
    if theirs and options.module not in ("copy", "serve"):
        parser.error("only `nixdock copy` and `nixdock serve` pass on what stands behind --")
    options.passed_on = theirs
    # What serves and copies takes longer to import than `stream` needs for its first byte.
    import_module(f".{options.module}", __package__).run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nixdock", description="Container images from Nix.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    stream = commands.add_parser("stream", help="write an image's docker-archive to stdout")
    stream.set_defaults(module="stream")

    archive = commands.add_parser("archive", help="write an image to a file or an OCI layout")
    archive.set_defaults(module="archive")
    archive.add_argument("file", help="where to write it")
    archive.add_argument(
        "--format", choices=("docker", "oci"), default="docker", help="a docker-archive, or a directory (an OCI layout)"
    )
    archive.add_argument("--compressor", choices=COMPRESSORS, default="none", help="of a docker-archive as a whole")

    serve = commands.add_parser("serve", help="serve images as a read-only registry, until Ctrl-C")
    serve.set_defaults(module="serve")
    serve.usage = "nixdock serve [OPTION]… (RECIPE… | --file FILE | --flake REF [-- OPTION OF NIX…])"
    serve.add_argument("recipes", nargs="*", metavar="RECIPE", help="image.json, or the store path that holds it")
    serve.add_argument("--file", metavar="FILE", help="a Nix file; an image of it is built when somebody asks for it")
    serve.add_argument("--flake", metavar="REF", help="a flake; likewise")
    serve.add_argument("--allow", action="append", metavar="PATTERN", help="build only such attributes: 'examples.*'")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=int, default=0, help="0 takes a free one (default: %(default)s)")
    serve.add_argument("--tag", default="latest", help="of images whose recipe has none (default: %(default)s)")

    copy = commands.add_parser("copy", help="copy an image to where it runs, or to another registry")
    copy.set_defaults(module="copy")
    for command in (stream, archive, copy):
        command.add_argument("recipe", help="image.json, or the store path that holds it (IMAGE.recipe)")
        command.add_argument("-t", "--repo_tag", metavar="NAME:TAG", help="instead of the image's own name")
        command.add_argument("--tag", help=argparse.SUPPRESS)
    _add_copy_arguments(copy)
    add_registry_commands(commands)
    return parser


def _add_copy_arguments(copy: argparse.ArgumentParser) -> None:
    copy.usage = "nixdock copy [OPTION]… RECIPE DESTINATION [-- OPTION OF THE CLIENT…]"
    copy.epilog = "What stands behind -- goes to skopeo copy; of docker, podman and ctr it comes before their command."
    copy.add_argument(
        "destination",
        help="docker-daemon: podman: containerd: docker:// (each under the image's own name, or with NAME:TAG behind"
        " it), or any other of skopeo's: oci:DIR:TAG, dir:DIR, docker-archive:FILE …",
    )
    copy.add_argument(
        "--reuse-from",
        action="append",
        default=[],
        metavar="REFERENCE",
        help="docker://… whose layers the destination has too; the destination's own are always looked for",
    )
    copy.add_argument(
        "--compression", choices=_COMPRESSIONS, default="gzip", help="of layers that a registry lacks (default: gzip)"
    )
    copy.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")
