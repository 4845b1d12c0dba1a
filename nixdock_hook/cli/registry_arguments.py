"""The arguments of the commands that ask a registry."""

from __future__ import annotations

import os
from typing import Any

_GOARCH = {"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "armv7l": "arm"}


def add_registry_commands(commands: Any) -> None:
    """Add `lock` and `prefetch` to argparse's subparsers."""
    lock = commands.add_parser("lock", help="pin an image of a registry: write its lock file to stdout")
    lock.set_defaults(module="lock")
    lock.add_argument("reference", nargs="?", metavar="REFERENCE", help="HOST/PATH:TAG or HOST/PATH@sha256:…")
    lock.add_argument("--update", metavar="FILE", help="write this lock file again, with what its reference is now")

    prefetch = commands.add_parser("prefetch", help="print the arguments of pullImage, as nix-prefetch-docker does")
    prefetch.set_defaults(module="prefetch")
    prefetch.add_argument("name", nargs="?", metavar="IMAGE-NAME", help="HOST/PATH")
    prefetch.add_argument("tag", nargs="?", metavar="TAG")
    prefetch.add_argument("--image-name", metavar="NAME")
    prefetch.add_argument("--image-tag", metavar="TAG", help="default: latest")
    prefetch.add_argument("--image-digest", metavar="DIGEST", help="instead of the tag: of a manifest or an index")
    prefetch.add_argument("--final-image-name", metavar="NAME", help="default: the image's name")
    prefetch.add_argument("--final-image-tag", metavar="TAG", help="default: the image's tag")
    prefetch.add_argument("--json", action="store_true", help="print JSON instead of Nix")
    prefetch.add_argument("--quiet", action="store_true", help="say nothing but the result and errors")
    for command, default in ((lock, None), (prefetch, "linux")):
        command.add_argument("--os", default=default, help="default: linux")
        command.add_argument("--arch", default=default and host_architecture(), help="GOARCH (default: this machine's)")
        command.add_argument("--authfile", metavar="FILE", help="credentials; default: those of skopeo, podman, docker")
        command.add_argument("--tls-verify", choices=("true", "false"), default="true", help="false: or plain HTTP")


def host_architecture() -> str:
    """GOARCH of this machine."""
    machine = os.uname().machine
    return _GOARCH.get(machine, machine)
