"""Names of images, as docker takes them (github.com/distribution/reference; nix/image-name.nix holds the same rule)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InvalidInput
from .digest import is_digest

_HOST = r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]+)?/)?"
_COMPONENT = r"[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*"
# USER@HOST or USER:PASSWORD@HOST; an @ in front of a digest is none.
_LOGIN = re.compile(r"(?:docker://)?.*@(?!sha\d+:)(?P<host>[^/]*)")
_MOST_NAME = 255  # characters
_REFERENCE = re.compile(rf"{_HOST}{_COMPONENT}(?:/{_COMPONENT})*:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}")


def parse_reference(text: str, where: str = "--repo_tag") -> str:
    """Return `NAME:TAG` with a lower-case name; `:latest` where there is no tag. where: who says it."""
    name, colon, tag = text.rpartition(":")
    if not colon or "/" in tag:
        name, tag = text, "latest"
    reference = f"{name.lower()}:{tag}"
    if len(name) > _MOST_NAME or not _REFERENCE.fullmatch(reference):
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
    whole = _with_host(name)
    fits = len(whole) <= _MOST_NAME and _REFERENCE.fullmatch(f"{whole}:{tag or 'latest'}")
    if not fits or (at and not is_digest(digest)):
        remedy = "write HOST/PATH:TAG or HOST/PATH@sha256:…, in lower case"
        raise InvalidInput(f"{text!r:.300} names no image in a registry", "the reference", remedy)
    return RemoteReference(whole, tag or (None if digest else "latest"), digest or None)


def refuse_login(text: str) -> None:
    """Raise InvalidInput for a reference with a user or a password in it: no client takes them there."""
    if login := _LOGIN.match(text):
        remedy = f"log in first: skopeo login {login['host']}, or give a file of credentials"
        raise InvalidInput("a reference has room for neither user nor password", login["host"], remedy)


def registry_host(reference: str) -> str:
    """HOST[:PORT] of docker://REFERENCE; it need not be one that we would take."""
    return _with_host(reference.removeprefix("docker://")).partition("/")[0]


def _with_host(name: str) -> str:
    host, slash, _ = name.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        return name
    return f"docker.io/{name}" if slash else f"docker.io/library/{name}"
