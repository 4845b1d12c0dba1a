"""`nixdock copy`: an image to where it runs, or to another registry."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from ..copying.runtimes import RUNTIMES, Runtime
from ..errors import InvalidInput, UsageError
from ..inputs import open_once
from ..outputs import whole_file
from .terminal.arguments import (
    add_access_arguments,
    add_image_arguments,
    add_layer_compression,
    registry_access,
    repo_tag,
)
from .terminal.attaching import add_attach_arguments, attachments

if TYPE_CHECKING:
    from ..images.index import Image
    from ..registries.access import Access
    from ..sinks.compressed import LayerCompression
    from .terminal.progress import Progress

_MOST_LOGIN = 1 << 16
"""Bytes: clouds give tokens of some kB as passwords, and servers take headers of 8 to 64 KiB."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "nixdock copy [OPTION]… RECIPE DESTINATION [NAME:TAG] [-- OPTION OF THE CLIENT…]"
    parser.epilog = "Options after -- are passed to skopeo copy; for docker, podman and ctr they precede their command."
    add_image_arguments(parser)
    parser.add_argument(
        "destination",
        metavar="DESTINATION",
        help="docker-daemon: podman: containerd: docker:// (each under the image's own name, or with NAME:TAG behind"
        " it), or any other of skopeo's: oci:DIR:TAG, dir:DIR, docker-archive:FILE …",
    )
    parser.add_argument("place", nargs="?", metavar="NAME:TAG", help="the rest of a destination that ends with : or //")
    parser.add_argument(
        "--reuse-from",
        action="append",
        default=[],
        metavar="REFERENCE",
        help="docker://… whose layers the destination has too; the destination's own are always looked for",
    )
    parser.add_argument(
        "--compression",
        choices=("gzip", "zstd"),
        default="gzip",
        help="of layers that a registry lacks (default: gzip); into a runtime they go with --layer-compression",
    )
    parser.add_argument(
        "--gzip",
        choices=("libdeflate", "zlib"),
        default="libdeflate",
        help="what compresses to gzip; zlib takes twice as long, for readers that know no gzip of several members",
    )
    add_access_arguments(parser)
    parser.add_argument("--creds-file", metavar="FILE", help="the registry's USER:PASSWORD, in a file")
    parser.add_argument("--creds-env", metavar="NAME", help="the same, in a variable of the environment")
    parser.add_argument("--cert-dir", metavar="DIR", help="CAs (*.crt), and a client's certificate (*.cert, *.key)")
    parser.add_argument(
        "--with",
        dest="client",
        choices=("nixdock", "skopeo"),
        help="who copies into a registry; nixdock, unless options follow --, which are skopeo's",
    )
    add_attach_arguments(parser)
    parser.add_argument(
        "--attestations",
        choices=("buildkit",),
        help="put what --attach names (default: sbom) beside the image into an index, as docker scout reads it",
    )
    parser.add_argument("--digest-file", metavar="FILE", help="write the digest of what is in the registry then")
    parser.add_argument("--json", action="store_true", help="print name, tag and digest as JSON")
    add_layer_compression(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")


def run(options: argparse.Namespace) -> None:
    if options.place is not None:
        options.destination = _with_place(options.destination, options.place)
    transport, colon, place = options.destination.partition(":")
    if not colon or _is_reference(transport) or (transport == "docker" and not place.startswith("//")):
        remedy = "use docker-daemon:, podman:, containerd:, docker://HOST/NAME:TAG or another of skopeo's"
        raise UsageError(f"{options.destination!r} is no destination", remedy)
    if transport in RUNTIMES:
        _refuse_registry_options(options)
    runtime = RUNTIMES[transport](options.passed_on) if transport in RUNTIMES else None
    # Here, not above: docker's client answers while this is imported.
    from ..images.index import read_image
    from .terminal.progress import Progress

    image = read_image(options.recipe)
    progress = Progress(image, options.quiet)
    if runtime:
        _copy(image, runtime, place, options, progress)
    else:
        _push(image, options, progress)


def _is_reference(transport: str) -> bool:
    """Whether the word before the first colon is a registry's host, or a name in it: docker:// was left out."""
    return transport == "localhost" or any(sign in transport for sign in "./")


def _with_place(destination: str, place: str) -> str:
    """Join the two words of a destination; commands of passthru have the first, and their user may type it again."""
    if not destination.endswith((":", "://")):
        remedy = "one destination can be given: its name and tag are part of it"
        raise UsageError(f"{place!r} follows the destination {destination!r}", remedy)
    return destination + place.removeprefix(destination)


def _copy(image: Image, runtime: Runtime, place: str, options: argparse.Namespace, progress: Progress) -> None:
    from ..copying.to_runtime import copy_to_runtime
    from ..images.index import single_image
    from ..oci.reference import parse_reference

    transport = options.destination.removesuffix(place)
    recipe = single_image(image, transport, options.recipe)
    name = str(parse_reference(place)) if place else repo_tag(image, options)
    copy_to_runtime(recipe, name, runtime, progress, options.layer_compression)
    progress.finished(f"{transport}{name}")


def _push(image: Image, options: argparse.Namespace, progress: Progress) -> None:
    from ..copying.push import REGISTRY, Push
    from ..images.index import single_image

    destination = options.destination
    # A place is called what its own words say; then this is but what skopeo calls what it copies.
    name = repo_tag(image, options, None if destination == REGISTRY else "latest")
    if destination.startswith("docker-archive:"):
        single_image(image, "a docker-archive", options.recipe)
    if destination == REGISTRY:
        destination += name
    if not destination.startswith(REGISTRY) and (options.digest_file or options.json):
        raise UsageError(f"{destination} tells no digest, only a registry does", "leave out --digest-file and --json")
    is_one_member = (options.compression, options.gzip) == ("gzip", "zlib")
    compression: LayerCompression = "zlib" if is_one_member else options.compression
    with_skopeo = options.client == "skopeo"
    if options.client == "nixdock" and options.passed_on:
        raise UsageError("options after -- are skopeo's", "leave them out, or say --with skopeo")
    access = _access(options)
    if options.attestations and not options.attach:
        options.attach = ["sbom"]
    documents = attachments(options, options.recipe) if options.attach else []
    how = (options.reuse_from, access, with_skopeo, options.passed_on)
    push = Push(image, name, destination, compression, *how, documents, bool(options.attestations))
    digest = push.run(progress)
    progress.finished(destination)
    if digest:
        _tell(destination, digest, options)


def _access(options: argparse.Namespace) -> Access:
    login = _login(options) if options.creds_file or options.creds_env else None
    return replace(registry_access(options), login=login, certificates=options.cert_dir)


def _login(options: argparse.Namespace) -> str:
    """Read USER:PASSWORD, the first line of a file or a variable. Raises InvalidInput, which quotes nothing of it."""
    if options.creds_file:
        with open_once(options.creds_file) as file:
            line = file.readline(_MOST_LOGIN + 1)
    else:
        line = os.environb.get(os.fsencode(options.creds_env), b"").partition(b"\n")[0]
    where, remedy = options.creds_file or f"${options.creds_env}", "it is USER:PASSWORD, on one line"
    if len(line) > _MOST_LOGIN:
        raise InvalidInput(f"a login of more than {_MOST_LOGIN} bytes", where, remedy)
    try:
        login = line.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidInput("a login that is no UTF-8", where, remedy) from error
    if not login.partition(":")[0]:
        raise InvalidInput("there is no login", where, remedy)
    return login


def _tell(destination: str, digest: str, options: argparse.Namespace) -> None:
    """Say which manifest is in the registry now, to whoever asked for it."""
    from ..oci.reference import parse_remote_reference

    if options.digest_file:
        with whole_file(options.digest_file) as file:
            file.write(f"{digest}\n".encode())
    reference = parse_remote_reference(destination)
    if options.json:
        value = {"name": reference.name, "tag": reference.tag, "digest": digest}
        print(json.dumps(value))
    elif not options.quiet:
        print(f"{reference.name}:{reference.tag}@{digest}")


def _refuse_registry_options(options: argparse.Namespace) -> None:
    """Raise UsageError for options that a runtime has no use for: who gives one may have meant a registry."""
    access = ("authfile", "creds_file", "creds_env", "cert_dir", "client")
    for name in (*access, "digest_file", "json", "attach", "attestations"):
        if getattr(options, name):
            option = {"client": "with"}.get(name, name).replace("_", "-")
            raise UsageError(f"--{option} is for registries, not for {options.destination}", "leave it out")
