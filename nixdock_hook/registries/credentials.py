"""Files with credentials: docker's config.json and containers' auth.json (containers-auth.json(5))."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from ..documents import canonical_json
from ..documents.fields import Fields
from ..errors import InvalidInput

HUB = "docker.io"
AUTH_FILE_REMEDY = "write it with skopeo login --authfile"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks. identity_token: instead of a password, to be exchanged for a token of the registry's."""

    user: str
    password: str
    identity_token: str = ""

    def basic(self) -> str:
        """Return the value of an Authorization header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


def read_credentials(path: str, name: str) -> Credentials | None:
    """Return what a file says for the repository `name` (HOST/PATH): its most specific entry, None where there is none.

    Raises InvalidInput for a file that is none, or that leaves the answer to a program (a credential helper).
    """
    fields = Fields(canonical_json.read_file(path, AUTH_FILE_REMEDY))
    entries = {_plain(key): value for key, value in fields.mapping("auths").items()}
    for key in _keys(name):
        entry = Fields(entries.get(key) or {}, f"auths[{key}]", fields.problems)
        auth, token = entry.optional_text("auth"), entry.optional_text("identitytoken")
        fields.check(path, AUTH_FILE_REMEDY)
        if auth or token:
            return _credentials(auth or "", token or "", path)
    host = name.partition("/")[0]
    if "credsStore" in fields or host in fields.mapping("credHelpers"):
        what = f"the credentials for {host} are with a helper program, which a build cannot ask"
        raise InvalidInput(what, path, f"write them to a file: skopeo login --authfile FILE {host}")
    return None


def _credentials(auth: str, token: str, path: str) -> Credentials:
    try:
        user, _, password = base64.b64decode(auth, validate=True).decode().partition(":")
    except ValueError as error:  # no base 64, no ASCII, no UTF-8 inside
        # NB: neither the value nor the reason, which quotes it: this goes to the build log.
        raise InvalidInput("credentials that are not in base 64", path, "skopeo login --authfile") from error
    return Credentials(user, password.rstrip("\0"), token)


def _plain(key: str) -> str:
    """docker's own keys may be URLs: `https://registry.example/v1/`, and one of an old API for its hub."""
    key = key.removeprefix("https://").removeprefix("http://")
    key = key.removesuffix("/").removesuffix("/v1").removesuffix("/v2")
    return HUB if key == f"index.{HUB}" else key


def _keys(name: str) -> Iterator[str]:
    """registry.example/team/app, registry.example/team, registry.example."""
    while name:
        yield name
        name = name.rpartition("/")[0]
