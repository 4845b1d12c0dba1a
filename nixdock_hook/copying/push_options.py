"""What a user tells `skopeo copy` of the destination, for a copy and for the questions before it.

Everybody on a machine may read the arguments of a program, so a user's name and password among them go into a file.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ..documents import canonical_json
from ..documents.fields import Fields
from ..errors import InvalidInput
from ..inputs import check_file
from ..oci.reference import registry_host
from ..outputs import temporary_directory
from ..registries.credentials import AUTH_FILE_REMEDY

# Options of `skopeo copy` that `skopeo inspect` knows, too, once their `--dest-` is gone.
_SHARED = ("authfile", "cert-dir", "no-creds", "registry-token", "tls-verify")
_FLAGS = ("no-creds", "tls-verify")  # their value comes after "=" only
_LOGIN = ("creds", "username", "password")
# No file can carry these; they are of one registry, as what is in `_LOGIN`.
_OF_ONE_HOST = ("registry-token", "no-creds")


@dataclass(frozen=True, slots=True)
class PushOptions:
    """host: HOST[:PORT] to which the credentials belong, "" where no registry is asked.

    copy: for `skopeo copy`. pairs: those that say how to reach a registry, each a name without `--dest-` and its value.
    """

    host: str
    copy: tuple[str, ...]
    pairs: tuple[tuple[str, str | None], ...]

    def inspect(self, reference: str) -> list[str]:
        """Return the options for `skopeo inspect` of a reference; a token that one registry gave goes to no other."""
        same_host = self.host == _host(reference)
        return [
            f"--{name}" if value is None else f"--{name}={value}"
            for name, value in self.pairs
            if same_host or name not in _OF_ONE_HOST
        ]

    @property
    def shows_a_token(self) -> bool:
        """Whether something secret has to be an argument."""
        return any(name == "registry-token" for name, _ in self.pairs)


@contextmanager
def push_options(words: Sequence[str], references: Sequence[str]) -> Iterator[PushOptions]:
    """Read options of `skopeo copy`; a login among them is in a file of our own while the block runs.

    references: the destination, and others to be asked; the login is that of the first registry among them.
    Raises InvalidInput for a login that is incomplete, or one to the source: that is nixdock's own registry.
    """
    given = list(_options(words))
    login = {name: value or "" for name, value, _ in given if name in _LOGIN}
    host = next(filter(None, map(_host, references)), "")
    with temporary_directory() as directory:
        others = [(name, value, words) for name, value, words in given if name not in _LOGIN]
        auth_file = next((value for name, value, _ in others if name == "authfile"), None)
        if auth_file and os.path.exists(auth_file):
            check_file(auth_file)
        if login and host:
            file = _write_login(_user_and_password(login), host, auth_file, f"{directory}/auth.json")
            others = [option for option in others if option[0] != "authfile"]
            others.append(("authfile", file, ["--dest-authfile", file]))
        copy = tuple(word for _, _, words in others for word in words)
        yield PushOptions(host, copy, tuple((name, value) for name, value, _ in others if name in _SHARED))


def _options(words: Sequence[str]) -> Iterator[tuple[str, str | None, list[str]]]:
    """Each option's name without `--dest-`, its value, and the words that make it up."""
    rest = iter(words)
    for word in rest:
        name, equals, text = word.removeprefix("--").removeprefix("dest-").partition("=")
        if not word.startswith("--") or name not in (*_SHARED, *_LOGIN):
            _refuse_login_to_the_source(word)
            yield "", None, [word]
        elif equals or name in _FLAGS:
            yield name, text if equals else None, [word]
        else:
            value = next(rest, None)
            yield name, value, [word] if value is None else [word, value]


def _refuse_login_to_the_source(word: str) -> None:
    name = word.partition("=")[0]
    if name in ("--src-registry-token", *(f"--src-{login}" for login in _LOGIN)):
        remedy = "credentials for the destination are --dest-creds, or better --dest-authfile"
        raise InvalidInput("the source of this copy is nixdock itself, it has no login", name, remedy)


def _user_and_password(login: dict[str, str]) -> str:
    user_and_password = login.get("creds", f"{login.get('username', '')}:{login.get('password', '')}")
    user = user_and_password.partition(":")[0]
    if not user or len(login) == (3 if "creds" in login else 1) or ("creds" in login and len(login) > 1):
        remedy = "give USER:PASSWORD for --dest-creds, or both of --dest-username and --dest-password, or log in first"
        raise InvalidInput("an incomplete login", "the options of the client", remedy)
    return user_and_password if ":" in user_and_password else f"{user_and_password}:"


def _write_login(login: str, host: str, auth_file: str | None, place: str) -> str:
    """Write an auth file, readable by its user alone, that adds a login to what `auth_file` has; returns its path."""
    fields = Fields({})
    if auth_file:
        fields = Fields(canonical_json.read_file(auth_file, AUTH_FILE_REMEDY))
    helpers = {name: helper for name, helper in fields.mapping("credHelpers").items() if name != host}
    auths = fields.mapping("auths") | {host: {"auth": base64.b64encode(login.encode()).decode()}}
    fields.check(auth_file, AUTH_FILE_REMEDY)
    with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"auths": auths, "credHelpers": helpers}, file)
    return place


def _host(reference: str) -> str:
    return registry_host(reference) if reference.startswith("docker://") else ""
