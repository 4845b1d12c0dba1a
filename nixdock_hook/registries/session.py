"""One registry, asked again and again: who asks is told where it wants to know, and patience is had with it.

Credentials go to their origin alone. Rate limits (429), failures of the server (5xx) and broken connections are waited
out: as long as Retry-After says, else longer each time.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from http.client import HTTPException
from time import sleep
from urllib.parse import urljoin, urlsplit

from ..errors import NixdockError
from ..oci.reference import is_this_machine
from .access import Access, trust
from .authorization import Authorization
from .bounded_answers import MOST_REDIRECTS, REDIRECTS, SAME_AGAIN, BadAnswer, checked_url, origin
from .bounded_http import Asker, Refused
from .connection import Answer, Connections, Question
from .credentials import HUB, Credentials, find_credentials
from .errors import refused, retry_after, without_answer

BUSY = (408, 429, 500, 502, 503, 504)
"""Statuses after which the same question may have another answer."""
_TRIES = 6
_FIRST_WAIT = 0.5
"""Seconds, doubled each time: 15 in all."""
_MOST_WAIT = 60.0
"""Seconds; a server that says more means it: its user decides. skopeo's bound, too."""


class _TokenServerBusy(Exception):
    """The token server answers as the registry itself may: it is waited for, too."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Session:
    """Asks one registry, HOST[:PORT].

    name: HOST/PATH of the repository whose credentials are used.
    """

    def __init__(self, name: str, access: Access) -> None:
        self.host = name.partition("/")[0]
        self._name, self._access = name, access
        self._environment = access.environment or {}
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._connections = Connections(self._trust, self._environment)
        self._authorization = Authorization(self._find, lambda: Asker(self._trust(self.host), self._environment))
        self._base: str | None = None

    def close(self) -> None:
        """Close the connections; what was learnt of the registry stays."""
        self._connections.close()

    def url(self, path: str) -> str:
        """Return the URL of a path below /v2/; the first time it is found out how the registry is reached.

        Raises ProgramFailed, which says what helps, where it is not.
        """
        if self._base is None:
            self._base = self._reached()
        return self._base + path

    def ask(self, question: Question, scopes: tuple[str, ...]) -> Answer:
        """Return the registry's answer, whatever it is but `BUSY`. scopes: as in `fetch_token`."""
        return self.patiently(lambda: self.once(question, scopes))

    def patiently(self, attempt: Callable[[], Answer], again: Collection[int] = BUSY) -> Answer:
        """Attempt something until its answer is none of `again`, or the connection stays whole; wait in between.

        Raises ProgramFailed after six times, or where there never was an answer.
        """
        wait = _FIRST_WAIT
        for left in reversed(range(_TRIES)):
            asked_for = None
            try:
                answer = attempt()
            except (OSError, HTTPException) as error:
                if not left or not self._is_transient(error):
                    raise without_answer(error, self._name, self._access) from error
            else:
                if answer.status not in again:
                    return answer
                asked_for = retry_after(answer.headers)
                if not left or (asked_for or 0) > _MOST_WAIT:
                    raise self.refused(answer)
            sleep(wait if asked_for is None else asked_for)
            wait = min(2 * wait, _MOST_WAIT)
        raise AssertionError

    def once(self, question: Question, scopes: tuple[str, ...]) -> Answer:
        """Ask, authorized as far as the question is for the registry itself; redirects are followed.

        Raises OSError and HTTPException where the connection breaks, or the answer makes no sense.
        """
        reads = question.method in ("GET", "HEAD")
        for _ in range(MOST_REDIRECTS + 1):
            try:
                answer = self._authorized(question, scopes)
            except _TokenServerBusy as busy:
                return busy.answer
            if answer.status not in (REDIRECTS if reads else SAME_AGAIN):
                return answer
            follow = self.elsewhere if reads else self.place
            question = replace(question, url=follow(answer, "redirect"))
        raise BadAnswer(f"more than {MOST_REDIRECTS} redirects")

    def elsewhere(self, answer: Answer, what: str) -> str:
        """Return the URL that an answer's Location leads to. Raises BadAnswer for none, or one from https to http."""
        location = answer.headers.get("Location", "")
        try:
            url = checked_url(urljoin(answer.url, location)) if location else ""
        except ValueError:
            url = ""
        if not url or (answer.url.startswith("https:") and not url.startswith("https:")):
            raise BadAnswer(f"a {what} to {location[:200]!r}")
        return url

    def place(self, answer: Answer, what: str) -> str:
        """Return where something is to be written; errors as in `elsewhere`, also for our network from outside."""
        url = self.elsewhere(answer, what)
        host = urlsplit(url).netloc
        if origin(url) != origin(answer.url) and _is_inside(host) and not _is_inside(self.host):
            raise BadAnswer(f"a {what} to {host}, inside this network")
        return url

    def refused(self, answer: Answer) -> NixdockError:
        """Return the error for an answer that is not what was hoped for."""
        return refused(answer, self._name, self._access, self._authorization.is_known)

    def _authorized(self, question: Question, scopes: tuple[str, ...]) -> Answer:
        if self._base is None or origin(question.url) != origin(self._base):
            return self._connections.ask(question)
        scheme = origin(question.url)[0]
        answer = self._with(question, self._token(lambda: self._authorization.header(scopes, scheme)))
        if answer.status != 401:
            return answer
        challenges = answer.headers.get_all("WWW-Authenticate", [])
        header = self._token(lambda: self._authorization.answer(challenges, scopes, scheme))
        return self._with(question, header) if header else answer

    def _with(self, question: Question, authorization: str | None) -> Answer:
        more: Mapping[str, str] = {"Authorization": authorization} if authorization else {}
        return self._connections.ask(replace(question, headers={**question.headers, **more}))

    def _token(self, header: Callable[[], str | None]) -> str | None:
        try:
            return header()
        except Refused as error:
            is_busy = error.answer.status in BUSY
            raise (_TokenServerBusy if is_busy else self.refused)(error.answer) from error

    def _reached(self) -> str:
        """Find the scheme: https, but plain HTTP where nobody else can listen, or anybody may."""
        host = f"registry-1.{HUB}" if self.host == HUB else self.host
        schemes = ["https"] if self._access.tls_verify else ["https", "http"]
        if is_this_machine(host):
            schemes = ["http", "https"]
        if len(schemes) == 1:
            return f"https://{host}/v2/"
        errors: list[Exception] = []
        for scheme in schemes:
            base = f"{scheme}://{host}/v2/"
            try:
                answer = self._connections.ask(Question("GET", base))
            except (OSError, HTTPException) as error:
                errors.append(error)
                continue
            if scheme == "https" or answer.status != 400:  # which servers of TLS say to plain HTTP
                return base
        telling = next((error for error in errors if not isinstance(error, ConnectionError)), errors[0])
        raise without_answer(telling, self._name, self._access) from telling

    def _trust(self, host: str) -> ssl.SSLContext:
        if host not in self._contexts:
            self._contexts[host] = trust(self._access, host)
        return self._contexts[host]

    def _find(self) -> Credentials | None:
        if self._access.login is not None:
            user, _, password = self._access.login.partition(":")
            return Credentials(user, password)
        return find_credentials(self._name, self._access.auth_file, self._environment)

    def _is_transient(self, error: Exception) -> bool:
        if isinstance(error, ssl.SSLCertVerificationError | BadAnswer):
            return False
        return self._base is not None and self._connections.has_answered(self._base)


def _is_inside(host: str) -> bool:
    """Tell whether HOST[:PORT] is an address that the Internet does not reach."""
    if is_this_machine(host):
        return True
    from ipaddress import ip_address  # seldom wanted

    try:
        return not ip_address(urlsplit(f"//{host}").hostname or "").is_global
    except ValueError:
        return False
