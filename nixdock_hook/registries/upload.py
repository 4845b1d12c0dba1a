"""A repository that is written to: blobs and manifests (OCI distribution specification 1.1, "Push").

A blob goes in one PUT that says its length: every registry takes that, chunks only some. Where that is refused, by a
proxy that limits requests for instance (413), it goes in chunks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import quote, urlsplit

from ..documents import canonical_json
from ..errors import InvalidImage, NixdockError, NotFound
from ..oci.digest import digest_of
from ..oci.model import INDEX, MANIFEST
from .access import Access
from .connection import Answer, Question
from .content import Content, InMemory, Part
from .errors import no_repository
from .session import BUSY, Session

_MANIFESTS = (
    *(MANIFEST, INDEX),
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_STALE = (404, 416)
"""What an upload is answered that the registry has forgotten, or of which it has another part: begin again."""
_IN_CHUNKS = (400, 405, 411, 413, 501)
"""What a PUT with all of the blob is answered where only smaller requests pass."""
_CHUNK = 5 << 20
"""Bytes; the registry may ask for more (OCI-Chunk-Min-Length), and proxies that limit requests let this pass."""
_MOST_CHUNK = 64 << 20
_MISSING = ("MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN")
"""Error codes for a manifest that names what is not there."""

Told = Callable[[int], object]


class BlobsMissing(NixdockError):
    """The registry lacks what a manifest names."""


@dataclass(frozen=True, slots=True)
class Found:
    """A manifest as the registry has it."""

    media_type: str
    data: bytes


class Repository:
    """A repository, HOST[:PORT]/PATH; it is used in one thread, and after a fork by each process anew.

    is_new: True once the registry has said that it knows no repository of this name: no blob can be there yet.
    """

    def __init__(self, name: str, access: Access, writes: bool = True) -> None:
        self.name = name
        self.host, _, self.path = name.partition("/")
        self.is_new = False
        self._too_large = sys.maxsize  # so many bytes at once were refused
        self._access, self._session = access, Session(name, access)
        self._scopes = (f"repository:{self.path}:pull,push" if writes else f"repository:{self.path}:pull",)

    def close(self) -> None:
        """Close the connections; the next question opens one again, as it has to be after a fork."""
        self._session.close()

    def manifest(self, reference: str) -> Found | None:
        """Return what stands at a tag or digest, None where nothing does.

        Raises ProgramFailed where the registry cannot be reached, or does not answer to us.
        """
        headers = {"Accept": ", ".join(_MANIFESTS)}
        answer = self._ask(Question("GET", self._url(f"manifests/{reference}"), headers))
        if answer.status == 404:
            self.is_new = "NAME_UNKNOWN" in _codes(answer)
            return None
        if answer.status != 200:
            raise self._session.refused(answer)
        return Found(answer.headers.get_content_type(), answer.body)

    def document(self, digest: str) -> bytes:
        """Return a small blob, a config. Raises NotFound, InvalidImage where it is another than the digest says."""
        answer = self._ask(Question("GET", self._url(f"blobs/{digest}")))
        if answer.status == 404:
            raise NotFound(f"the registry has no blob {digest}", self.name)
        if answer.status != 200:
            raise self._session.refused(answer)
        if digest_of(answer.body) != digest:
            raise InvalidImage(f"the registry gives other bytes for {digest}", self.name, "do not trust it")
        return answer.body

    def referrers(self, digest: str) -> bytes | None:
        """Return the index of what refers to a manifest; None where the registry has no such list.

        That it answers a push with OCI-Subject does not say that it has one.
        """
        answer = self._ask(Question("GET", self._url(f"referrers/{digest}"), {"Accept": INDEX}))
        is_list = answer.status == 200 and answer.headers.get_content_type() == INDEX
        return answer.body if is_list else None

    def has(self, digest: str) -> bool:
        """Tell whether the repository says that it has a blob.

        Who refuses the question, as a redirect for readers does that was made for GET alone, may still take the blob.
        """
        return self._ask(Question("HEAD", self._url(f"blobs/{digest}"))).status == 200

    def mount(self, digest: str, path: str) -> bool:
        """Take a blob from another repository of the registry; False where it does not give it, for whatever reason.

        It is asked once, without patience: the blob can be made and sent.
        """
        url = f"{self._url('blobs/uploads/')}?mount={quote(digest)}&from={quote(path, safe='')}"
        scopes = (f"repository:{path}:pull", *self._scopes)
        try:
            return self._session.once(Question("POST", url), scopes).status == 201
        except (NixdockError, OSError, HTTPException):  # a token server may refuse the one scope more
            return False

    def upload(self, digest: str, content: Content, told: Told = bool) -> None:
        """Send a blob. told: of the bytes that are on their way, again where they are sent again."""

        def attempt() -> Answer:
            return self._attempt(digest, content, told)

        answer = self._session.patiently(attempt, (*BUSY, *_STALE))
        if answer.status != 201 and answer.status != 204:
            raise self._session.refused(answer)
        self._check(answer, digest, "blob")

    def put_manifest(self, reference: str, media_type: str, data: bytes) -> None:
        """Put a manifest or an index at a tag or digest. Raises BlobsMissing where what it names is not there."""
        url = self._url(f"manifests/{reference}")
        answer = self._ask(Question("PUT", url, {"Content-Type": media_type}, InMemory(data)))
        if answer.status not in (200, 201, 202, 204):
            if answer.status in (400, 404) and _codes(answer) & set(_MISSING):
                raise BlobsMissing("the registry lacks what the manifest names", self.name, "push again")
            raise self._session.refused(answer)
        self._check(answer, digest_of(data), "manifest")

    def _check(self, answer: Answer, digest: str, what: str) -> None:
        """Raise InvalidImage where the registry says that it got something else."""
        said = answer.headers.get("Docker-Content-Digest", "")
        if said.startswith("sha256:") and said != digest:
            raise InvalidImage(f"the registry made {said:.100} of the {what} {digest}", self.name, "ask its operator")

    def _ask(self, question: Question) -> Answer:
        return self._session.ask(question, self._scopes)

    def _url(self, path: str) -> str:
        return self._session.url(f"{self.path}/{path}")

    def _attempt(self, digest: str, content: Content, told: Told) -> Answer:
        """Begin an upload and end it, without patience."""
        begun = self._begin()
        if begun.status != 202:
            return begun
        if content.size < self._too_large:
            answer = self._end(self._place(begun), digest, content, told)
            if answer.status not in _IN_CHUNKS or not content.size:
                return answer
            begun = self._begin()
            if begun.status != 202:
                return begun
        answer = self._in_chunks(begun, digest, content, told)
        if answer.status == 201:
            self._too_large = min(self._too_large, content.size)
        return answer

    def _begin(self) -> Answer:
        """Begin an upload: 202, or `BUSY`. Raises ProgramFailed where there can be none, however often it is asked."""
        answer = self._session.once(Question("POST", self._url("blobs/uploads/")), self._scopes)
        if answer.status == 404:
            raise no_repository("", self.name, self._access)
        if answer.status != 202 and answer.status not in BUSY:
            raise self._session.refused(answer)
        return answer

    def _place(self, answer: Answer) -> str:
        return self._session.place(answer, "place for an upload")

    def _end(self, place: str, digest: str, content: Content, told: Told = bool) -> Answer:
        url = f"{place}{'&' if urlsplit(place).query else '?'}digest={quote(digest)}"
        headers = {"Content-Type": "application/octet-stream"}
        return self._session.once(Question("PUT", url, headers, content, told), self._scopes)

    def _in_chunks(self, begun: Answer, digest: str, content: Content, told: Told) -> Answer:
        asked_for = str(begun.headers.get("OCI-Chunk-Min-Length", ""))
        size = max(_CHUNK, min(int(asked_for), _MOST_CHUNK)) if asked_for.isdecimal() else _CHUNK
        answer = begun
        for start in range(0, content.size, size):
            part = Part(content, start, min(size, content.size - start))
            headers = {
                "Content-Type": "application/octet-stream",
                "Content-Range": f"{start}-{start + part.size - 1}",
            }
            answer = self._session.once(Question("PATCH", self._place(answer), headers, part, told), self._scopes)
            if answer.status not in (201, 202, 204):
                return answer
        return self._end(self._place(answer), digest, InMemory(b""))


def _codes(answer: Answer) -> set[str]:
    """The codes of an answer's errors."""
    try:
        value = canonical_json.load(answer.body, "")
        return {str(error["code"]) for error in value["errors"]}
    except (NixdockError, KeyError, TypeError):
        return set()
