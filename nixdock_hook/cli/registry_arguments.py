"""The arguments of the commands that ask a registry."""

from __future__ import annotations

import argparse
import os

from ..oci.platform import go_word


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
    parser.add_argument("--tls-verify", choices=("true", "false"), default="true", help="false: or plain HTTP")


def host_architecture() -> str:
    """Return GOARCH of this machine."""
    return go_word(os.uname().machine)
