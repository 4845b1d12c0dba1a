"""One blob of a registry (OCI distribution specification, "Pulling blobs"; the token dance of "docker token auth").

skopeo fetches whole images only; its old `layers` command asks for the manifest again with each blob, and manifests are
what public registries count and limit.

The registry names the token server (`realm`), which docker and skopeo ask wherever it is: docker's hub has its own on
another host. So the credentials of a registry go to the server that it names, but a registry that was asked by https
can name none that is asked by http, and no other server's challenge (behind a redirect) is answered.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit, urlunsplit

from ..documents import canonical_json
from ..errors import NixdockError, NotFound, ProgramFailed
from ..oci.digest import CHUNK, sha256
from ..oci.reference import parse_remote_reference
from .access import Access
from .bounded_http import Asker, BadAnswer, Question, origin
from .credentials import HUB, Credentials, read_credentials
from .errors import altered, nonsense, plain_http, unauthorized, unreachable, untrusted

_MOST_TOKEN = 1 << 20
"""Bytes of a token server's answer, as skopeo takes them."""
_TOKEN = re.compile(r"[!-~]+")
"""What can stand in a header."""


class BlobClient:
    """Fetches blobs of one repository, HOST[:PORT]/PATH.

    ca_bundle: PEM file with the certificates to trust; None for the system's.
    """

    def __init__(self, name: str, access: Access, ca_bundle: str | None = None) -> None:
        self._name = parse_remote_reference(name).name
        self._access = access
        self._credentials = read_credentials(access.auth_file, self._name) if access.auth_file else None
        self._asker = Asker(_context(access, ca_bundle))
        self._host, _, self._path = self._name.partition("/")

    def fetch(self, digest: str, size: int, write: Callable[[bytes], object]) -> None:
        """Give the blob's bytes to `write`, piece by piece.

        Raises InvalidImage, maybe after the last piece, where they are not what digest and size say; NotFound where
        the registry has no such blob; ProgramFailed where it does not answer, or not to us.
        """
        reference = f"{self._name}@{digest}"
        hashing, count = sha256(), 0
        for piece in self._pieces(digest, size, reference):
            count += len(piece)
            if count > size:
                raise altered(f"expected {digest}, {size} bytes; got more", reference, self._access)
            hashing.update(piece)
            write(piece)
        found = f"sha256:{hashing.hexdigest()}"
        if (found, count) != (digest, size):
            raise altered(f"expected {digest}, {size} bytes; got {found}, {count} bytes", reference, self._access)

    def _pieces(self, digest: str, size: int, reference: str) -> Iterator[bytes]:
        """What comes, but no more than one byte beyond `size`."""
        left = size + 1
        try:
            with self._open(digest, size, reference) as answer:
                while piece := answer.read(min(CHUNK, left)):
                    left -= len(piece)
                    yield piece
        except OSError as error:
            raise unreachable(str(error) or type(error).__name__, reference, self._access) from error
        except (HTTPException, ValueError) as error:  # ValueError: http.client's for a chunk whose size is no number
            raise nonsense(str(error) or type(error).__name__, reference, self._access) from error

    def _open(self, digest: str, size: int, reference: str) -> HTTPResponse:
        try:
            return self._ask("https", digest, size)
        except URLError as error:
            if not isinstance(error, HTTPError) and not self._access.tls_verify:
                return self._ask_plainly(digest, size, reference)
            raise self._explain(error, digest, reference) from error

    def _ask_plainly(self, digest: str, size: int, reference: str) -> HTTPResponse:
        try:
            return self._ask("http", digest, size)
        except URLError as error:
            raise self._explain(error, digest, reference) from error

    def _ask(self, scheme: str, digest: str, size: int) -> HTTPResponse:
        """GET the blob; where the registry wants to know who asks, tell it and GET again."""
        host = f"registry-1.{HUB}" if self._host == HUB else self._host
        question = Question(f"{scheme}://{host}/v2/{self._path}/blobs/{digest}", size)
        try:
            return self._asker.ask(question)
        except HTTPError as error:
            with error:  # whatever comes of it, its connection is closed
                ours = error.code == 401 and origin(error.url or "") == origin(question.full_url)
                challenge = error.headers.get("WWW-Authenticate", "") if ours else ""
                authorization = self._authorization(challenge, scheme)
                if authorization is None:
                    raise
        question.authorize(authorization)
        return self._asker.ask(question)

    def _authorization(self, challenge: str, asked_by: str) -> str | None:
        """The answer to a challenge (RFC 9110, 11.6.1); None if we have none."""
        scheme, _, rest = challenge.partition(" ")
        match scheme.lower():
            case "basic" if self._credentials:
                return self._credentials.basic()
            case "bearer":
                parameters = dict(re.findall(r'\b(\w+)="([^"]*)"', rest))
                return "Bearer " + self._token(parameters, asked_by) if "realm" in parameters else None
        return None

    def _token(self, parameters: Mapping[str, str], asked_by: str) -> str:
        """Ask the registry's token server, which lets anybody read what is public."""
        scope = parameters.get("scope", f"repository:{self._path}:pull")
        query = {"service": parameters.get("service", ""), "scope": scope}
        question = _token_question(parameters["realm"], query, self._credentials)
        if asked_by == "https" and question.type != "https":
            raise BadAnswer(f"a registry of https names a token server of http, {parameters['realm'][:200]!r}")
        remedy = "ask the registry's operator"
        with self._asker.ask(question) as answer:
            value = canonical_json.read(answer, question.full_url, remedy, _MOST_TOKEN)
        found = value.get("token") or value.get("access_token") if isinstance(value, dict) else None
        if not isinstance(found, str) or not _TOKEN.fullmatch(found):
            raise ProgramFailed("the token server gave no token", parameters["realm"], remedy)
        return found

    def _explain(self, error: URLError, digest: str, reference: str) -> NixdockError:
        if not isinstance(error, HTTPError):
            return _without_answer(error.reason, reference, self._access)
        error.close()
        match error.code:
            case 401 | 403:
                return unauthorized("", reference, self._access)
            case 404:
                remedy = "the image was deleted or replaced: nixdock lock --update"
                return NotFound(f"the registry has no blob {digest}", self._name, remedy)
            case 429:
                return ProgramFailed("rate limit reached (429)", reference, "try again later, or log in: authFile")
        return ProgramFailed(f"the registry answers {error.code} {error.reason}", reference, "try again later")


def _context(access: Access, ca_bundle: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_bundle)
    if not access.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _token_question(realm: str, query: Mapping[str, str], credentials: Credentials | None) -> Question:
    if credentials and credentials.identity_token:
        form = {**query, "grant_type": "refresh_token", "client_id": "nixdock"}
        data = urlencode(form | {"refresh_token": credentials.identity_token}).encode()
        return Question(realm, _MOST_TOKEN, data)
    parts = urlsplit(Question(realm, 0).full_url)
    words = "&".join(filter(None, (parts.query, urlencode(query))))
    question = Question(urlunsplit(parts._replace(query=words, fragment="")), _MOST_TOKEN)
    if credentials:
        question.authorize(credentials.basic())
    return question


def _without_answer(reason: Any, reference: str, access: Access) -> NixdockError:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return untrusted(reason.verify_message, reference, access)
    # What OpenSSL calls the answer of a server that does not speak TLS.
    if isinstance(reason, ssl.SSLError) and reason.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return plain_http("", reference, access)
    return unreachable(str(reason), reference, access)
