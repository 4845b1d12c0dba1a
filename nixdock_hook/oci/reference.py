"""Names of images, as docker takes them.

reference.json beside this file holds the grammar of github.com/distribution/reference, in lower case, as extended
regular expressions: nix/internal/image-name.nix reads it too. The first part of a path is a host where it can be one
and no path component; docker's own hub is the host of the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InvalidInput
from .digest import is_digest
from .tables import table

_THIS_MACHINE = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?")

# USER@HOST or USER:PASSWORD@HOST; an @ in front of a digest is none.
_LOGIN = re.compile(r"(?:docker://)?.*@(?!sha\d+:)(?P<host>[^/]*)")


def parse_reference(text: str, where: str = "--repo-tag") -> str:
    """Return `NAME:TAG` with a lower-case name; `:latest` where there is no tag. where: who says it."""
    name, colon, tag = text.rpartition(":")
    if not colon or "/" in tag:
        name, tag = text, "latest"
    reference = f"{name.lower()}:{tag}"
    if not _is_reference(name.lower(), tag):
        remedy = "letters, digits and single . _ - between them, parts separated by /, then :TAG"
        raise InvalidInput(f"docker would refuse the name {text!r:.300}", where, remedy)
    return reference


@dataclass(frozen=True, slots=True)
class RemoteReference:
    """An image in a registry: HOST[:PORT]/PATH, and the tag or the digest that picks one."""

    name: str
    tag: str | None
    digest: str | None

    def __str__(self) -> str:
        return f"{self.name}@{self.digest}" if self.digest else f"{self.name}:{self.tag}"


def parse_remote_reference(text: str) -> RemoteReference:
    """Read a reference as people type it: short names are those of docker's own hub, the tag `latest` is implied.

    Raises InvalidInput for what names no image; else as `refuse_login`.
    """
    refuse_login(text)
    rest, at, digest = text.removeprefix("docker://").partition("@")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        name, tag = rest, ""
    whole = full_name(name)
    if (at and not is_digest(digest)) or not _is_reference(whole, tag or "latest"):
        remedy = "write HOST/PATH:TAG or HOST/PATH@sha256:…, in lower case"
        raise InvalidInput(f"{text!r:.300} names no image in a registry", "the reference", remedy)
    return RemoteReference(whole, tag or (None if digest else "latest"), digest or None)


def refuse_login(text: str) -> None:
    """Raise InvalidInput for a reference with a user or a password in it: no client takes them there."""
    if login := _LOGIN.match(text):
        remedy = f"log in first: skopeo login {login['host']}, or give a file of credentials"
        raise InvalidInput("a reference has room for neither user nor password", login["host"], remedy)


def registry_host(reference: str) -> str:
    """Return HOST[:PORT] of docker://REFERENCE; it need not be one that we would take."""
    return full_name(reference.removeprefix("docker://")).partition("/")[0]


def is_this_machine(host: str) -> bool:
    """Tell whether HOST[:PORT] says that nobody else can listen: plain HTTP is as good as TLS there."""
    return _THIS_MACHINE.fullmatch(host) is not None


def _is_reference(name: str, tag: str) -> bool:
    """Whether docker takes NAME:TAG; the name is in lower case."""
    grammar = table("reference")
    host, component = grammar["host"], grammar["component"]
    return (
        len(full_name(name)) <= grammar["mostCharacters"]  # as docker before 23 and podman count them
        and re.fullmatch(f"({host}/)?{component}(/{component})*", name) is not None
        and re.fullmatch(grammar["tag"], tag) is not None
        and not re.fullmatch(grammar["digest"], name)
    )


def full_name(name: str) -> str:
    """Return the name with its registry's host; docker's own hub is `docker.io`, and `x` is `library/x` there."""
    host, slash, _ = name.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        return name
    return f"docker.io/{name}" if slash else f"docker.io/library/{name}"
