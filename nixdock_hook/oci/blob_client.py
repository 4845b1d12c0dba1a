"""One blob of a registry (OCI distribution specification, "Pulling blobs"; the token dance of "docker token auth").

skopeo fetches whole images only; its old `layers` command asks for the manifest again with each blob, and manifests are
what public registries count and limit. Proxies are those of the environment, as Python's urllib finds them.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from ..errors import NixdockError, NotFound, ProgramFailed
from . import canonical_json
from .access import Access
from .credentials import HUB, Credentials, read_credentials
from .digest import CHUNK, sha256
from .registry_errors import altered, plain_http, unauthorized, unreachable, untrusted

_TIMEOUT = 60.0
"""Seconds without a byte."""


class BlobClient:
    """Fetches blobs of one repository, HOST[:PORT]/PATH.

    ca_bundle: PEM file with the certificates to trust; None for the system's.
    """

    def __init__(self, name: str, access: Access, ca_bundle: str | None = None) -> None:
        self._name = name
        self._access = access
        self._credentials = read_credentials(access.auth_file, name) if access.auth_file else None
        self._opener = _opener(access, ca_bundle)
        self._host, _, self._path = name.partition("/")

    def fetch(self, digest: str, size: int, write: Callable[[bytes], object]) -> None:
        """Give the blob's bytes to `write`, piece by piece.

        Raises InvalidImage, maybe after the last piece, where they are not what digest and size say; NotFound where
        the registry has no such blob; ProgramFailed where it does not answer, or not to us.
        """
        reference = f"{self._name}@{digest}"
        hashing, count = sha256(), 0
        try:
            with self._open(digest, reference) as answer:
                while piece := answer.read(CHUNK):
                    hashing.update(piece)
                    count += len(piece)
                    write(piece)
        except (HTTPException, TimeoutError, ConnectionError) as error:
            raise unreachable(str(error) or type(error).__name__, reference, self._access) from error
        found = f"sha256:{hashing.hexdigest()}"
        if (found, count) != (digest, size):
            raise altered(f"expected {digest}, {size} bytes; got {found}, {count} bytes", reference, self._access)

    def _open(self, digest: str, reference: str) -> HTTPResponse:
        try:
            return self._ask("https", digest)
        except URLError as error:
            if not isinstance(error, HTTPError) and not self._access.tls_verify:
                return self._ask_plainly(digest, reference)
            raise self._explain(error, digest, reference) from error

    def _ask_plainly(self, digest: str, reference: str) -> HTTPResponse:
        try:
            return self._ask("http", digest)
        except URLError as error:
            raise self._explain(error, digest, reference) from error

    def _ask(self, scheme: str, digest: str) -> HTTPResponse:
        """GET the blob; where the registry wants to know who asks, tell it and GET again."""
        host = f"registry-1.{HUB}" if self._host == HUB else self._host
        request = Request(f"{scheme}://{host}/v2/{self._path}/blobs/{digest}")
        try:
            return self._send(request)
        except HTTPError as error:
            with error:  # whatever comes of it, its connection is closed
                challenge = error.headers.get("WWW-Authenticate", "") if error.code == 401 else ""
                authorization = self._authorization(challenge)
                if authorization is None:
                    raise
        request.add_unredirected_header("Authorization", authorization)
        return self._send(request)

    def _send(self, request: Request) -> HTTPResponse:
        answer: HTTPResponse = self._opener.open(request, timeout=_TIMEOUT)
        return answer

    def _authorization(self, challenge: str) -> str | None:
        """The answer to a challenge (RFC 9110, 11.6.1); None if we have none."""
        scheme, _, rest = challenge.partition(" ")
        match scheme.lower():
            case "basic" if self._credentials:
                return self._credentials.basic()
            case "bearer":
                parameters = dict(re.findall(r'(\w+)="([^"]*)"', rest))
                return "Bearer " + self._token(parameters) if "realm" in parameters else None
        return None

    def _token(self, parameters: Mapping[str, str]) -> str:
        """Ask the registry's token server, which lets anybody read what is public."""
        scope = parameters.get("scope", f"repository:{self._path}:pull")
        query = {"service": parameters.get("service", ""), "scope": scope}
        request = _token_request(parameters["realm"], query, self._credentials)
        with self._send(request) as answer:
            value = canonical_json.load(answer.read(), parameters["realm"])
        found = value.get("token") or value.get("access_token") if isinstance(value, dict) else None
        if not isinstance(found, str):
            raise ProgramFailed("the token server gave no token", parameters["realm"], "ask the registry's operator")
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
                return ProgramFailed("the registry has enough of us (429)", reference, "wait, or log in: authFile")
        return ProgramFailed(f"the registry answers {error.code} {error.reason}", reference, "try again later")


def _opener(access: Access, ca_bundle: str | None) -> OpenerDirector:
    context = ssl.create_default_context(cafile=ca_bundle)
    if not access.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return build_opener(HTTPSHandler(context=context), _Redirects())


class _Redirects(HTTPRedirectHandler):
    """Registries send clients on to where blobs are: the Authorization header goes along to the same host only."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        authorization = req.unredirected_hdrs.get("Authorization")
        if request and authorization and _origin(newurl) == _origin(req.full_url):
            request.add_unredirected_header("Authorization", authorization)
        return request


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _token_request(realm: str, query: Mapping[str, str], credentials: Credentials | None) -> Request:
    if credentials and credentials.identity_token:
        form = {**query, "grant_type": "refresh_token", "client_id": "nixdock"}
        return Request(realm, urlencode(form | {"refresh_token": credentials.identity_token}).encode())
    request = Request(f"{realm}?{urlencode(query)}")
    if credentials:
        request.add_unredirected_header("Authorization", credentials.basic())
    return request


def _without_answer(reason: Any, reference: str, access: Access) -> NixdockError:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return untrusted(reason.verify_message, reference, access)
    # What OpenSSL calls the answer of a server that does not speak TLS.
    if isinstance(reason, ssl.SSLError) and reason.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return plain_http("", reference, access)
    return unreachable(str(reason), reference, access)
