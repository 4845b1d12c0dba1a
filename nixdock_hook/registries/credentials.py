"""Files with credentials, and the helpers they name: docker's config.json, containers' auth.json (its manual page)."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from ..documents import canonical_json
from ..documents.fields import Fields
from ..errors import InvalidInput, ProgramFailed

HUB = "docker.io"
AUTH_FILE_REMEDY = "write it with skopeo login --authfile"
_HUB_TOO = (f"index.{HUB}", f"registry-1.{HUB}")
# What docker calls its hub in its own files, and to credential helpers.
_LEGACY = {HUB: "https://{}/v1/".format(f"index.{HUB}")}
# A helper's name becomes the name of a program.
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NOT_FOUND = b"credentials not found in native keychain"
_TOKEN_USER = "<token>"  # whose secret is an identity token
_HELPER_TIME = 60.0
"""Seconds for a helper's answer: somebody may have to unlock a keyring first."""
_MOST_SECRET = 1 << 20
"""Bytes of a helper's answer, as of a token server's."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks. identity_token: instead of a password, to be exchanged for a token of the registry's."""

    user: str
    password: str
    identity_token: str = ""

    def basic(self) -> str:
        """Return the value of an Authorization header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


def find_credentials(name: str, auth_file: str | None, environment: Mapping[str, str]) -> Credentials | None:
    """Return what this user's files, and the helper programs that they name, know of the repository HOST/PATH.

    auth_file: the one to read, as REGISTRY_AUTH_FILE in the environment is; else the places are those of
    containers-auth.json(5), in its order: of the first file that knows something.
    """
    given = auth_file or environment.get("REGISTRY_AUTH_FILE")
    if given:
        return read_credentials(given, name, environment)
    found = (read_credentials(path, name, environment) for path in _places(environment) if os.path.exists(path))
    return next((credentials for credentials in found if credentials), None)


def _places(environment: Mapping[str, str]) -> Iterator[str]:
    """Where podman, skopeo and docker write their logins."""
    home = environment.get("HOME") or os.path.expanduser("~")
    runtime = environment.get("XDG_RUNTIME_DIR")
    yield f"{runtime}/containers/auth.json" if runtime else f"/run/containers/{os.getuid()}/auth.json"
    yield f"{environment.get('XDG_CONFIG_HOME') or f'{home}/.config'}/containers/auth.json"
    yield f"{environment.get('DOCKER_CONFIG') or f'{home}/.docker'}/config.json"


def read_credentials(path: str, name: str, environment: Mapping[str, str] | None = None) -> Credentials | None:
    """Return what a file says for the repository `name` (HOST/PATH): its most specific entry, None where there is none.

    environment: of the credential helpers, which are asked only where it is given.
    Raises InvalidInput for a file that is none, or that leaves the answer to a helper that is not asked.
    """
    try:
        fields = Fields(canonical_json.read_file(path, AUTH_FILE_REMEDY))
    except OSError as error:
        raise InvalidInput(
            f"a file of credentials that cannot be read ({error.strerror})", path, AUTH_FILE_REMEDY
        ) from error
    host, slash, rest = name.partition("/")
    host = HUB if host in _HUB_TOO else host
    helpers = fields.mapping("credHelpers")
    helper = helpers.get(host) or helpers.get(_LEGACY.get(host, ""))
    entries = {_plain(key): value for key, value in fields.mapping("auths").items()}
    if helper and environment is not None:
        return _ask_helper(str(helper), host, path, environment)
    for key in _keys(host + slash + rest):
        entry = Fields(entries.get(key) or {}, f"auths[{key}]", fields.problems)
        auth, token = entry.optional_text("auth"), entry.optional_text("identitytoken")
        fields.check(path, AUTH_FILE_REMEDY)
        if auth or token:
            return _credentials(auth or "", token or "", path)
    helper = helper or fields.optional_text("credsStore")
    fields.check(path, AUTH_FILE_REMEDY)
    if helper and environment is not None:
        return _ask_helper(str(helper), host, path, environment)
    if helper:
        what = f"the credentials for {host} are with a helper program, which a build cannot ask"
        raise InvalidInput(what, path, f"write them to a file: skopeo login --authfile FILE {host}")
    return None


def _ask_helper(helper: str, host: str, path: str, environment: Mapping[str, str]) -> Credentials | None:
    """Ask a program by the protocol of docker's credential helpers; None where it knows nothing of the host."""
    from .. import process  # slow to import

    if not _HELPER.fullmatch(helper):
        raise InvalidInput(f"{helper!r:.100} is no name of a credential helper", path, AUTH_FILE_REMEDY)
    command = f"docker-credential-{helper}"
    pipes = {"stdin": process.PIPE, "stdout": process.PIPE, "stderr": process.DEVNULL}
    program = process.start([command, "get"], env=dict(environment), **pipes)
    assert program.stdin
    with suppress(BrokenPipeError):
        program.stdin.write(_LEGACY.get(host, host).encode())
        program.stdin.flush()
    until = monotonic() + _HELPER_TIME
    output, _ = process.communicate(program, lambda: monotonic() > until, _MOST_SECRET)
    if program.returncode and monotonic() > until:
        raise ProgramFailed(f"{command} gave no answer in {_HELPER_TIME:.0f} s", path, f"try: {command} list")
    if program.returncode and _NOT_FOUND in output:
        return None
    if program.returncode:
        # NB: it says why on stdout, where the secret would be.
        raise ProgramFailed(f"{command} failed with exit status {program.returncode}", path, f"try: {command} list")
    answer = Fields(canonical_json.load(output, command))
    user, secret = answer.text("Username"), answer.text("Secret")
    answer.check(command, "update the credential helper")
    return Credentials(user, secret, secret if user == _TOKEN_USER else "")


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
    return HUB if key in _HUB_TOO else key


def _keys(name: str) -> Iterator[str]:
    """registry.example/team/app, registry.example/team, registry.example."""
    while name:
        yield name
        name = name.rpartition("/")[0]
