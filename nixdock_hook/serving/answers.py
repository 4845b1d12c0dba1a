"""What a read-only registry answers to which path (OCI distribution specification 1.1, pull and content discovery).

Pure: HTTP itself is in `registry_server`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from ..documents import canonical_json
from ..errors import Busy, InvalidInput, NixdockError, NotFound
from ..oci.digest import is_digest
from ..oci.model import INDEX, Descriptor, Index
from ..sinks.attached import referrers_of
from ..sinks.blobs import Blob, Document
from ..sinks.served_image import ServedImage

_JSON = "application/json"
_NUMBER = re.compile(r"[0-9]{1,99}")
# Earlier images of a tag, for clients that have read their manifest and are still pulling.
_MOST_EARLIER = 8
# Digests of blobs that were asked for in vain: more than an image has layers, and what a stranger may take of memory.
_MOST_IN_VAIN = 4096
_RETRY_AFTER = "10"  # seconds in which some of those who wait for builds have probably got theirs


@dataclass(frozen=True, slots=True)
class Answer:
    """A response before HTTP's own matters (HEAD, Range): its body is a blob."""

    status: int
    body: Blob
    headers: Mapping[str, str] = field(default_factory=dict)


def problem(status: int, code: str, message: str, **headers: str) -> Answer:
    """Return an error in the specification's form; `code` is one of its words ("Error Codes")."""
    body = canonical_json.dump({"errors": [{"code": code, "message": message}]})
    return Answer(status, Document(_JSON, body), headers)


IsGone = Callable[[], bool]
"""Whether the client that asked has gone away."""

MakeImage = Callable[[str, str, IsGone], ServedImage]
"""The image of a repository and a tag, made when it is asked for."""


def _stays() -> bool:
    """Tell that a client is there."""
    return False


class Registry:
    """Images by name. `asked_in_vain`: digests of blobs that somebody asked for and that are not here.

    on_demand: asked at every question for a tag, and what it makes takes the place of the image before. Raises NotFound
    where there is no such image, another NixdockError where it cannot be made.
    """

    def __init__(self, images: Sequence[ServedImage], on_demand: MakeImage | None = None) -> None:
        self.asked_in_vain: set[str] = set()
        self._on_demand = on_demand
        self._publishing = Lock()
        self._repositories: dict[str, list[ServedImage]] = {}
        for image in images:
            repository = self._repositories.setdefault(image.repository, [])
            if any(image.tag == other.tag for other in repository):
                what = f"two images would be served as {image.repository}:{image.tag}"
                raise InvalidInput(what, "the command line", "serve one of them under another name")
            repository.append(image)

    def publish(self, image: ServedImage) -> None:
        """Serve an image under its tag from now on; what had that tag before stays here for a while, by its digests.

        A client may have read the old manifest already. Other threads go on reading the dictionary that they have.
        """
        with self._publishing:
            before = self._repositories.get(image.repository, [])
            current = next((other for other in before if other.tag == image.tag), None)
            if current is None or current.manifest != image.manifest:
                earlier = [other for other in before if other.tag == image.tag][:_MOST_EARLIER]
                others = [other for other in before if other.tag != image.tag]
                self._repositories = {**self._repositories, image.repository: [image, *earlier, *others]}

    def answer(self, target: str, is_gone: IsGone = _stays) -> Answer:
        """Answer GET of a request's target: path and query. Raises ConnectionError where the client is gone."""
        path, _, options = target.partition("?")
        if not path.startswith("/"):
            return problem(400, "NAME_INVALID", "a target begins with /")
        query = {name: values[-1] for name, values in parse_qs(options).items()}
        match unquote(path).split("/")[1:]:
            case ["v2"] | ["v2", ""]:
                return _json({})
            case ["v2", "_catalog"]:
                return _listed("/v2/_catalog", {}, "repositories", list(self._repositories), query)
            case ["v2", *name, "tags", "list"]:
                return self._tags("/".join(name), query)
            case ["v2", *name, "manifests", reference]:
                return self._manifest("/".join(name), reference, is_gone)
            case ["v2", *name, "blobs", digest]:
                return self._blob("/".join(name), digest)
            case ["v2", *name, "referrers", digest]:
                return self._referrers("/".join(name), digest, query.get("artifactType", ""))
        return problem(404, "NAME_UNKNOWN", "there is nothing here but the registry below /v2/")

    def _tags(self, name: str, query: Mapping[str, str]) -> Answer:
        if name not in self._repositories:
            return self._unknown(name)
        tags = list({image.tag for image in self._repositories[name]})
        return _listed(f"/v2/{quote(name)}/tags/list", {"name": name}, "tags", tags, query)

    def _manifest(self, name: str, reference: str, is_gone: IsGone) -> Answer:
        if self._on_demand and not is_digest(reference):
            try:
                self.publish(self._on_demand(name, reference, is_gone))
            except Busy as error:
                return problem(429, "TOOMANYREQUESTS", str(error), **{"Retry-After": _RETRY_AFTER})
            except NotFound as error:
                return problem(404, "NAME_UNKNOWN", str(error))
            except NixdockError as error:
                return problem(404, "MANIFEST_UNKNOWN", str(error))
        if name not in self._repositories:
            return self._unknown(name)
        for image in self._repositories[name]:
            if reference in (image.tag, image.manifest.descriptor.digest):
                return _content(image.manifest)
            if reference in image.named:
                return _content(image.named[reference])
        if listed := self._fallback(name, reference):
            return _content(listed)
        return problem(404, "MANIFEST_UNKNOWN", f"{name} has no manifest {reference}")

    def _blob(self, name: str, digest: str) -> Answer:
        if name not in self._repositories:
            return self._unknown(name)
        if not is_digest(digest):
            return problem(400, "DIGEST_INVALID", "a digest is sha256: and 64 hexadecimal digits")
        for image in self._repositories[name]:
            if blob := image.blobs.get(digest):
                return _content(blob)
        if len(self.asked_in_vain) < _MOST_IN_VAIN:
            self.asked_in_vain.add(digest)
        return problem(404, "BLOB_UNKNOWN", f"{name} has no blob {digest}")

    def _referrers(self, name: str, digest: str, artifact_type: str) -> Answer:
        if name not in self._repositories:
            return self._unknown(name)
        if not is_digest(digest):
            return problem(400, "DIGEST_INVALID", "a digest is sha256: and 64 hexadecimal digits")
        found = referrers_of(self._repositories[name], digest)
        if not artifact_type:
            return Answer(200, _index(found))
        kept = (one for one in found if one.artifact_type == artifact_type)
        return Answer(200, _index(kept), {"OCI-Filters-Applied": "artifactType"})

    def _fallback(self, name: str, reference: str) -> Document | None:
        """The list of referrers as a client asks for it that looks for it at a tag."""
        digest = reference.replace("-", ":", 1)
        found = referrers_of(self._repositories[name], digest) if is_digest(digest) else ()
        return _index(found) if found else None

    def _unknown(self, name: str) -> Answer:
        here = ", ".join(sorted(self._repositories)) or "none yet"
        return problem(404, "NAME_UNKNOWN", f"there is no repository {name}, only {here}")


def _index(manifests: Iterable[Descriptor]) -> Document:
    """A list of manifests; an empty one says so."""
    value = Index(()).to_json() | {"manifests": [manifest.to_json() for manifest in manifests]}
    return Document(INDEX, canonical_json.dump(value))


def _content(blob: Blob) -> Answer:
    return Answer(200, blob, {"Docker-Content-Digest": blob.descriptor.digest})


def _json(value: Any, **headers: str) -> Answer:
    return Answer(200, Document(_JSON, canonical_json.dump(value)), headers)


def _listed(path: str, about: dict[str, str], key: str, names: list[str], query: Mapping[str, str]) -> Answer:
    """One page of names: at most `n` of those behind `last`, and a link to the next page."""
    number = query.get("n", "")
    if number and not _NUMBER.fullmatch(number):
        return problem(400, "PAGINATION_NUMBER_INVALID", "n is a number of names")
    behind = sorted(name for name in names if name > query.get("last", ""))
    page = behind[: int(number)] if number else behind
    if page and len(page) < len(behind):
        link = f'<{path}?n={number}&last={quote(page[-1], safe="")}>; rel="next"'
        return _json({**about, key: page}, Link=link)
    return _json({**about, key: page})
