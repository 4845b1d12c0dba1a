"""`nixdock prefetch` (nix-prefetch-docker): the arguments of pullImage for an image as it is now.

The archive is put into the store where pullImage looks for it, so that it is not fetched twice.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Mapping

from .. import process
from ..errors import UsageError
from ..messages import say
from ..oci.reference import Reference, parse_reference, parse_remote_reference
from ..outputs import temporary_directory
from ..registries.access import Access
from ..registries.resolve import resolve
from ..registries.skopeo import copy_image
from .terminal.arguments import add_registry_arguments, host_architecture, registry_access


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="IMAGE-NAME", help="HOST/PATH")
    parser.add_argument("tag", nargs="?", metavar="TAG|DIGEST", help="the tag, or sha256:… in its place")
    parser.add_argument("--image-name", metavar="NAME", help="HOST/PATH")
    parser.add_argument("--image-tag", metavar="TAG", help="default: latest")
    parser.add_argument("--image-digest", metavar="DIGEST", help="instead of the tag: of a manifest or an index")
    parser.add_argument("--final-image-name", metavar="NAME", help="default: the image's name")
    parser.add_argument("--final-image-tag", metavar="TAG", help="default: the image's tag")
    parser.add_argument("--json", action="store_true", help="print JSON instead of Nix")
    parser.add_argument("--quiet", action="store_true", help="say nothing but the result and errors")
    add_registry_arguments(parser, "linux", host_architecture())


def run(options: argparse.Namespace) -> None:
    name, tag, pinned = _words(options)
    remote = parse_remote_reference(f"{name}@{pinned}" if pinned else f"{name}:{tag}")
    access = registry_access(options)
    digest = resolve(remote, options.os, options.arch, access).digest
    final_name, final_tag = options.final_image_name or name, options.final_image_tag or tag
    _say(options, f"{name}: {digest} for {options.os}/{options.arch}")
    reference = Reference(remote.name, digest=digest)
    archive_hash = _fetch(reference, parse_reference(f"{final_name}:{final_tag}"), options, access)
    values = {
        "imageName": name,
        "imageDigest": digest,
        "hash": archive_hash,
        "finalImageName": final_name,
        "finalImageTag": final_tag,
    }
    sys.stdout.write(json.dumps(values, indent=2) + "\n" if options.json else _nix(values))


def _words(options: argparse.Namespace) -> tuple[str, str, str | None]:
    """The image's name, its tag and, where one was given, its digest; options win over words without a name."""
    name, second = options.image_name or options.name, options.tag
    if name is None:
        raise UsageError("no image is named", "give --image-name NAME")
    # As the original: what names the algorithm is no tag.
    is_digest = second is not None and "sha256:" in second
    digest = options.image_digest or (second if is_digest else None)
    return name, options.image_tag or (None if is_digest else second) or "latest", digest


def _fetch(reference: Reference, repo_tag: Reference, options: argparse.Namespace, access: Access) -> str:
    """Add the docker-archive to the store; returns its hash as SRI."""
    store_name = f"docker-image-{repo_tag}.tar".replace("/", "-").replace(":", "-")
    with temporary_directory() as directory:
        file = f"{directory}/{store_name}"
        copy_image(str(reference), f"docker-archive:{file}:{repo_tag}", (options.os, options.arch), access, directory)
        path = process.run(["nix-store", "--add-fixed", "sha256", file], what="nix-store", stdout=process.PIPE)
        _say(options, f"added {path.decode().strip()}")
        with open(file, "rb") as archive:
            found = hashlib.file_digest(archive, "sha256").digest()
    return f"sha256-{base64.b64encode(found).decode()}"


def _nix(values: Mapping[str, str]) -> str:
    """An attribute set; JSON's strings are Nix's, but for `${`."""
    lines = [f"  {name} = {json.dumps(value).replace('${', chr(92) + '${')};" for name, value in values.items()]
    return "\n".join(["{", *lines, "}"]) + "\n"


def _say(options: argparse.Namespace, text: str) -> None:
    if not options.quiet:
        say(f"nix-prefetch-docker: {text}")
