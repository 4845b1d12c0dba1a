"""`nixdock serve`: images for any client of a registry, until Ctrl-C.

Those of a Nix file or a flake are built when a client asks for them.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from contextlib import closing
from weakref import WeakValueDictionary

from ..endings import ending_well
from ..errors import InvalidInput, NixdockError, UsageError
from ..images.index import read_image
from ..inputs import check_file
from ..layers.content import LayerContents, layer_contents
from ..messages import say, warn
from ..oci.reference import parse_reference
from ..outputs import temporary_directory
from ..serving.answers import Registry
from ..serving.connection_limits import own_limits
from ..serving.nix_builds import JOBS, MOST_WAITING, NixBuilds, NixSource
from ..serving.on_demand import OnDemand
from ..serving.server import RegistryServer
from ..serving.visitors import parse_host_name
from ..sinks.attached import with_referrers
from ..sinks.compressed import CompressedLayers, served_with
from ..sinks.listener import Listener
from ..sinks.served_image import ServedImage
from .terminal.arguments import add_layer_compression
from .terminal.attaching import add_attach_arguments, attachments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "nixdock serve [OPTION]… (RECIPE… | --file FILE | --flake REF [-- OPTION OF NIX…])"
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="image.json, or the store path that holds it")
    parser.add_argument("--file", metavar="FILE", help="a Nix file; its images are built when a client asks for them")
    parser.add_argument("--flake", metavar="REF", help="a flake; likewise")
    parser.add_argument("--allow", action="append", metavar="PATTERN", help="build only such attributes: 'examples.*'")
    jobs = f"at most so many builds at once (default: {JOBS})"
    parser.add_argument("--jobs", type=_number(1, 9999), metavar="N", help=jobs)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    port = "0 takes a free one (default: %(default)s)"
    parser.add_argument("--port", type=_number(0, 65535), default=0, help=port)
    known = "answer under this name, too; addresses, localhost and this machine's host name are known"
    parser.add_argument("--allow-host", action="append", default=[], metavar="NAME", help=known)
    add_layer_compression(parser)
    add_attach_arguments(parser)
    parser.add_argument("--tag", default="latest", help="of images whose recipe has none (default: %(default)s)")


def _number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a number between these. It raises ArgumentTypeError."""

    def read(text: str) -> int:
        if not re.fullmatch("0|[1-9][0-9]{0,8}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least} to {most}")
        return int(text)

    return read


def run(options: argparse.Namespace) -> None:
    source = _source(options)
    with layer_contents() as contents:
        if source is None:
            images = _described(options, contents, _layers(options, contents))
            _serve(Registry(images), [f"{image.repository}:{image.tag}" for image in images], options)
            return
        with (
            temporary_directory() as links,
            closing(_builds(source, links, options.jobs or JOBS)) as builds,
        ):
            on_demand = OnDemand(builds.build, options.allow or ["*"], contents, _layers(options, contents))
            _serve(Registry([], on_demand), [""], options)


def _layers(options: argparse.Namespace, contents: LayerContents) -> CompressedLayers | None:
    """Return what compresses layers. Of images that are no longer served, no layer is kept."""
    if options.layer_compression == "none":
        return None
    return CompressedLayers(contents, options.layer_compression, held=WeakValueDictionary())


def _builds(source: NixSource, links: str, jobs: int) -> NixBuilds:
    # Where there are few file descriptors, builds take at most half of what is answered at once, too.
    most_waiting = min(MOST_WAITING, max(1, own_limits().answers // 2))
    return NixBuilds(source, links, _Messages().note, jobs, most_waiting)


def _source(options: argparse.Namespace) -> NixSource | None:
    given = [value for value in (options.recipes, options.file, options.flake) if value]
    if len(given) != 1:
        what = "images of several kinds are named" if given else "no image is named"
        raise UsageError(what, "give recipes, --file or --flake, not several")
    if options.recipes:
        if options.allow or options.jobs or options.passed_on:
            remedy = "leave out --allow, --jobs and --: they are for --file and --flake"
            raise UsageError("options for builds beside a recipe", remedy)
        return None
    if options.attach:
        raise UsageError("--attach beside --file or --flake", "serve a recipe with it")
    if options.file and not os.path.exists(options.file):
        raise InvalidInput("there is no such file", options.file, "--file takes the path of a Nix file")
    if options.file and not os.path.isdir(options.file):
        check_file(options.file)
    return NixSource(given[0], bool(options.flake), options.passed_on)


def _described(
    options: argparse.Namespace, contents: LayerContents, layers: CompressedLayers | None
) -> list[ServedImage]:
    images = [read_image(path) for path in options.recipes]
    if layers:
        say("nixdock: compressing layers")
    served = [
        served_with(layers, image, str(parse_reference(f"{image.name}:{image.tag or options.tag}", path)), contents)
        for path, image in zip(options.recipes, images, strict=True)
    ]
    if options.attach and len(served) > 1:
        raise InvalidInput("--attach beside several images", "the command line", "serve one image with it")
    documents = attachments(options, options.recipes[0]) if options.attach else []
    return [with_referrers(image, documents) for image in served]


def _serve(registry: Registry, names: list[str], options: argparse.Namespace) -> None:
    """Print what can be pulled, and answer until Ctrl-C."""
    known = [parse_host_name(name) for name in options.allow_host]
    with RegistryServer(registry, options.host, options.port, _Messages(), known) as server:
        if not server.local_only:
            what = "pull these images" if options.recipes else "have images built, and pull them"
            warn(f"{server.address} is open to the network: anybody there can {what}")
        with ending_well():
            for name in names:
                print(f"{server.address}/{name}", flush=True)
            server.serve_forever()


class _Messages(Listener):
    def note(self, text: str) -> None:
        say(f"nixdock: {text}")

    def failed(self, error: NixdockError) -> None:
        say(f"nixdock: error: {error}")
