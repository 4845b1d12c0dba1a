"""Whose requests a registry answers.

On 127.0.0.1, where it listens unless told otherwise, every user of this machine reaches it, who can read the same files
in /nix/store anyway. A web page in a browser of this machine could, too, under a name of its own that it lets point
here (DNS rebinding): so a Host header has to be an address, one of this machine's names, or one that was allowed. And
a page could have images built without seeing the answer: what a browser asks for another site is refused.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection

from ..errors import InvalidInput
from .http_requests import Request

# The names by which this machine, and containers and virtual machines on it, know its loopback.
_LOOPBACK = ("localhost", "host.docker.internal", "host.containers.internal")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")


def parse_host_name(text: str) -> str:
    """Read a name for --allow-host: of one machine, without a port. Raises InvalidInput."""
    name = text.lower().removesuffix(".")
    if not _NAME.fullmatch(name) and not _is_address(text):
        raise InvalidInput(f"{text!r} is no name of a machine", "--allow-host", "write NAME, without a port or *")
    return name


def refusal(request: Request, names: Collection[str]) -> str:
    """Return why a request is not answered, "" where it is. names: by which this machine is known, besides its own."""
    host = request.header("host")
    if "host" in request.headers and not _is_known(host, names):
        return "this registry answers under names of its own machine only (--allow-host NAME adds one)"
    if request.header("sec-fetch-site", "none") not in ("none", "same-origin"):
        return "this registry does not answer to other sites' pages"
    # `null` is what a browser says of a page whose site it hides.
    if "origin" in request.headers and request.header("origin").lower() not in _sites(host):
        return "this registry does not answer to other sites' pages"
    return ""


def _sites(host: str) -> tuple[str, str]:
    """Return what a browser calls this site; https where a proxy in front of this server speaks it."""
    return f"http://{host.lower()}", f"https://{host.lower()}"


def _is_known(host: str, names: Collection[str]) -> bool:
    """Tell whether a Host header is an address, or a name that no stranger can own."""
    name = host.partition("]")[0][1:] if host.startswith("[") else host.partition(":")[0]
    if _is_address(name):
        return True
    name = name.lower().removesuffix(".")
    own = (*_LOOPBACK, socket.gethostname().lower())
    return bool(name) and (name in own or name.endswith(".localhost") or name in names)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
