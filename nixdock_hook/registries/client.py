"""One blob of a registry (OCI distribution specification, "Pulling blobs").

skopeo fetches whole images only; its old `layers` command asks for the manifest again with each blob, and manifests are
what public registries count and limit.

No other server's challenge (behind a redirect) is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.client import HTTPException, HTTPResponse

from ..errors import NixdockError, NotFound
from ..oci.digest import CHUNK, sha256
from ..oci.reference import parse_remote_reference
from .access import Access, trust
from .authorization import Challenge, challenge_of, fetch_token
from .bounded_answers import origin
from .bounded_http import Asker, Refused
from .connection import Answer
from .credentials import HUB, read_credentials
from .errors import altered, refused, without_answer


class BlobClient:
    """Fetches blobs of one repository, HOST[:PORT]/PATH.

    ca_bundle: PEM file with the certificates to trust; None for the system's.
    """

    def __init__(self, name: str, access: Access, ca_bundle: str | None = None) -> None:
        self._name = parse_remote_reference(name).name
        self._access = access
        self._credentials = read_credentials(access.auth_file, self._name) if access.auth_file else None
        self._asker = Asker(trust(access, ca_bundle=ca_bundle), access.environment or {})
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
        except (OSError, HTTPException, ValueError) as error:  # ValueError: a chunk whose size is no number
            raise without_answer(error, reference, self._access) from error

    def _open(self, digest: str, size: int, reference: str) -> HTTPResponse:
        try:
            try:
                return self._ask("https", digest, size)
            except OSError:
                if self._access.tls_verify:
                    raise
                return self._ask("http", digest, size)
        except Refused as error:
            raise self._explain(error.answer, digest, reference) from error
        except OSError as error:
            raise without_answer(error, reference, self._access) from error

    def _ask(self, scheme: str, digest: str, size: int) -> HTTPResponse:
        """GET the blob; where the registry wants to know who asks, tell it and GET again."""
        host = f"registry-1.{HUB}" if self._host == HUB else self._host
        url = f"{scheme}://{host}/v2/{self._path}/blobs/{digest}"
        try:
            return self._asker.ask(url, size)
        except Refused as error:
            ours = error.answer.status == 401 and origin(error.answer.url) == origin(url)
            challenge = challenge_of(error.answer.headers.get_all("WWW-Authenticate", [])) if ours else None
            authorization = self._authorization(challenge, scheme) if challenge else None
            if authorization is None:
                raise
        return self._asker.ask(url, size, authorization)

    def _authorization(self, challenge: Challenge, asked_by: str) -> str | None:
        """The answer to a challenge; None if we have none."""
        if challenge.scheme == "basic":
            return self._credentials.basic() if self._credentials else None
        scope = challenge.parameters.get("scope", f"repository:{self._path}:pull")
        return fetch_token(self._asker, challenge, (scope,), self._credentials, asked_by).value

    def _explain(self, answer: Answer, digest: str, reference: str) -> NixdockError:
        if answer.status == 404:
            remedy = "the image was deleted or replaced: nixdock lock --update"
            return NotFound(f"the registry has no blob {digest}", self._name, remedy)
        return refused(answer, reference, self._access)
