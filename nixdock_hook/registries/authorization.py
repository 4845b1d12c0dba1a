"""The answer to a registry that wants to know who asks (RFC 9110, 11.6.1; "docker token authentication").

The registry names the token server (`realm`), which docker and skopeo ask wherever it is: docker's hub has its own on
another host. So the credentials of a registry go to the server that it names, but a registry that was asked by https
can name none that is asked by http.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from ..documents import canonical_json
from ..errors import ProgramFailed
from .bounded_answers import BadAnswer, checked_url
from .bounded_http import Asker, Refused
from .credentials import Credentials

_MOST_TOKEN = 1 << 20
"""Bytes of a token server's answer, as skopeo takes them."""
_TOKEN = re.compile(r"[!-~]+")
"""What can stand in a header."""
_PARAMETER = re.compile(r'\b(\w+)=(?:"([^"]*)"|([^\s",]+))')
_LIFE = 60.0
"""Seconds that a token is good for where the server does not say: the specification's default."""
_EARLY = 10.0
"""Seconds before its end in which a token is not used any more: what is asked with it takes time, too."""
_NO_REFRESH = (401, 404, 405)
"""What token servers answer that know no POST; they take the identity token in the place of a password."""
_REMEDY = "ask the registry's operator"


@dataclass(frozen=True, slots=True)
class Challenge:
    """scheme: "bearer" or "basic". parameters: realm, service, scope."""

    scheme: str
    parameters: Mapping[str, str]


def challenge_of(headers: Sequence[str]) -> Challenge | None:
    """Return the challenge to answer, of several WWW-Authenticate headers the Bearer one; None without one we know."""
    found: dict[str, dict[str, str]] = {}
    for header in headers:
        scheme, _, rest = header.partition(" ")
        parameters = {name: quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
        found.setdefault(scheme.lower(), parameters)
    if "realm" in found.get("bearer", {}):
        return Challenge("bearer", found["bearer"])
    return Challenge("basic", found["basic"]) if "basic" in found else None


@dataclass(frozen=True, slots=True)
class Token:
    """The value of an Authorization header, and until when (of `monotonic`) it is good."""

    value: str
    until: float


def fetch_token(
    asker: Asker, challenge: Challenge, scopes: Sequence[str], credentials: Credentials | None, asked_by: str
) -> Token:
    """Ask the registry's token server, which lets anybody read what is public.

    scopes: `repository:PATH:pull`. asked_by: the scheme by which the registry was asked.
    Raises what `Asker.ask` raises, and ProgramFailed where no token comes.
    """
    realm = challenge.parameters["realm"]
    if asked_by == "https" and urlsplit(realm).scheme != "https":
        raise BadAnswer(f"a registry of https names a token server of http, {realm[:200]!r}")
    service = challenge.parameters.get("service", "")
    value = _asked(asker, realm, service, scopes, credentials)
    found = value.get("token") or value.get("access_token") if isinstance(value, dict) else None
    if not isinstance(found, str) or not _TOKEN.fullmatch(found):
        raise ProgramFailed("the token server gave no token", realm, _REMEDY)
    life = value.get("expires_in")
    return Token(f"Bearer {found}", monotonic() + (life if isinstance(life, int) and life > 0 else _LIFE) - _EARLY)


def _asked(asker: Asker, realm: str, service: str, scopes: Sequence[str], credentials: Credentials | None) -> Any:
    if credentials and credentials.identity_token:
        try:
            return _read(asker, realm, form=_refreshing(service, scopes, credentials.identity_token))
        except Refused as refused:
            if refused.answer.status not in _NO_REFRESH:
                raise
    parts = urlsplit(checked_url(realm))
    query = urlencode([("service", service), *(("scope", scope) for scope in scopes)])
    words = "&".join(filter(None, (parts.query, query)))
    url = urlunsplit(parts._replace(query=words, fragment=""))
    return _read(asker, url, credentials.basic() if credentials else None)


def _read(asker: Asker, url: str, authorization: str | None = None, form: bytes | None = None) -> Any:
    with asker.ask(url, _MOST_TOKEN, authorization, form) as answer:
        return canonical_json.read(answer, url, _REMEDY, _MOST_TOKEN)


def _refreshing(service: str, scopes: Sequence[str], identity_token: str) -> bytes:
    form = {"service": service, "scope": " ".join(scopes), "grant_type": "refresh_token", "client_id": "nixdock"}
    return urlencode(form | {"refresh_token": identity_token}).encode()


class Authorization:
    """Who asks one registry: nobody, until it wants to know.

    find: gives the credentials, the first time that they are wanted. asker: makes what asks a token server.
    """

    def __init__(self, find: Callable[[], Credentials | None], asker: Callable[[], Asker]) -> None:
        self._find, self._asker = find, asker
        self._credentials: Credentials | None = None
        self._challenge: Challenge | None = None
        self._tokens: dict[tuple[str, ...], Token] = {}

    @property
    def is_known(self) -> bool:
        """True once the registry wanted to know, and there were credentials to tell."""
        return self._credentials is not None

    def header(self, scopes: tuple[str, ...], scheme: str) -> str | None:
        """Return what to say unasked; raises as `fetch_token`, where a token has to be renewed."""
        if self._challenge is None:
            return None
        if self._challenge.scheme == "basic":
            return self._credentials.basic() if self._credentials else None
        token = self._tokens.get(scopes)
        if token is None or token.until < monotonic():
            token = self._tokens[scopes] = self._new_token(self._challenge, scopes, scheme)
        return token.value

    def answer(self, headers: Sequence[str], scopes: tuple[str, ...], scheme: str) -> str | None:
        """Return the answer to a challenge, None where there is none; raises as `fetch_token`."""
        challenge = challenge_of(headers)
        if challenge is None:
            return None
        if self._challenge is None:
            self._credentials = self._find()
        self._challenge = challenge
        self._tokens.pop(scopes, None)
        return self.header(scopes, scheme)

    def _new_token(self, challenge: Challenge, scopes: tuple[str, ...], scheme: str) -> Token:
        return fetch_token(self._asker(), challenge, scopes, self._credentials, scheme)
