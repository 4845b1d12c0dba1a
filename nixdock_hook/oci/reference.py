"""Names of images, as docker takes them.

reference.json beside this file holds the grammar of github.com/distribution/reference, in lower case, as extended
regular expressions: nix/internal/image-name.nix reads it too. The first part of a path is a host where it can be one
and no path component; docker's own hub is the host of the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Self

from ..errors import InvalidInput
from .digest import is_digest
from .tables import table

_HUB = "docker.io"
_THIS_MACHINE = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?")

# USER@HOST or USER:PASSWORD@HOST; an @ in front of a digest is none.
_LOGIN = re.compile(r"(?:docker://)?.*@(?!sha\d+:)(?P<host>[^/]*)")


@dataclass(frozen=True, slots=True)
class Reference:
    """The name of an image in parts: NAME:TAG, NAME@DIGEST or NAME:TAG@DIGEST; what is not there is None.

    name: PATH, maybe with HOST[:PORT]/ in front.
    """

    name: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def split(cls, text: str) -> Self:
        """Take a text apart, whether or not somebody would take it for a name."""
        rest, at, digest = text.partition("@")
        name, colon, tag = rest.rpartition(":")
        if not colon or "/" in tag:  # that is the port of a host
            name, colon, tag = rest, "", ""
        return cls(name, tag if colon else None, digest if at else None)

    def __str__(self) -> str:
        """Return what picks one image: the digest where there is one."""
        if self.digest is not None:
            return f"{self.name}@{self.digest}"
        return self.name if self.tag is None else f"{self.name}:{self.tag}"

    @property
    def host(self) -> str:
        """HOST[:PORT] of its registry, which is docker's own hub where the name has none."""
        return _host_and_path(self.name)[0] or _HUB

    @property
    def path(self) -> str:
        """The name without a host."""
        return _host_and_path(self.name)[1]

    def full(self) -> Self:
        """Return the whole name, with a host: of docker's own hub `x` is `docker.io/library/x`."""
        return replace(self, name=full_name(self.name))

    def familiar(self) -> Self:
        """Return the short form of a name on docker's own hub: `docker.io/library/x` and `library/x` are `x`."""
        return replace(self, name=self.name.removeprefix(f"{_HUB}/").removeprefix("library/"))


def parse_reference(text: str, where: str = "--repo-tag") -> Reference:
    """Return NAME:TAG with a lower-case name; `:latest` where there is no tag. where: who says it."""
    given = Reference.split(text)
    name, tag = given.name.lower(), "latest" if given.tag is None else given.tag
    if given.digest is not None or not _is_reference(name, tag):
        remedy = "letters, digits and single . _ - between them, parts separated by /, then :TAG"
        raise InvalidInput(f"docker would refuse the name {text!r:.300}", where, remedy)
    return Reference(name, tag)


def parse_remote_reference(text: str) -> Reference:
    """Read a reference as people type it: short names are those of docker's own hub, the tag `latest` is implied.

    Raises InvalidInput for what names no image; else as `refuse_login`.
    """
    refuse_login(text)
    given = Reference.split(text.removeprefix("docker://")).full()
    names_one = _is_reference(given.name, given.tag or "latest") and _has_a_port_if_any(given.host)
    if not (given.digest is None or is_digest(given.digest)) or not names_one:
        remedy = "write HOST/PATH:TAG or HOST/PATH@sha256:…, in lower case"
        raise InvalidInput(f"{text!r:.300} names no image in a registry", "the reference", remedy)
    return replace(given, tag=given.tag or (None if given.digest else "latest"))


def refuse_login(text: str) -> None:
    """Raise InvalidInput for a reference with a user or a password in it: no client takes them there."""
    if login := _LOGIN.match(text):
        remedy = f"log in first: skopeo login {login['host']}, or give a file of credentials"
        raise InvalidInput("a reference has room for neither user nor password", login["host"], remedy)


def registry_host(reference: str) -> str:
    """Return HOST[:PORT] of docker://REFERENCE; it need not be one that we would take."""
    return Reference.split(reference.removeprefix("docker://")).host


def full_name(name: str) -> str:
    """Return the name with its registry's host; docker's own hub is `docker.io`, and `x` is `library/x` there.

    The hub's older name is one, too: index.docker.io (as github.com/distribution/reference has it).
    """
    host, path = _host_and_path(name)
    if host and host not in (_HUB, f"index.{_HUB}"):
        return name
    return f"{_HUB}/{path}" if "/" in path else f"{_HUB}/library/{path}"


def _host_and_path(name: str) -> tuple[str, str]:
    """The parts of a name; "" for the host where it has none: that has a dot or a port, or is `localhost`."""
    host, slash, path = name.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        return host, path
    return "", name


def is_this_machine(host: str) -> bool:
    """Tell whether HOST[:PORT] says that nobody else can listen: plain HTTP is as good as TLS there."""
    return _THIS_MACHINE.fullmatch(host) is not None


def _has_a_port_if_any(host: str) -> bool:
    """Tell whether the port of HOST[:PORT] is one: docker's grammar takes any number."""
    port = re.search(r":(\d+)$", host)
    return port is None or 0 < int(port[1]) < 1 << 16


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
