"""A bill of materials as SPDX 2.3, JSON (spdx-spec v2.3, clauses 6 to 11; schemas/spdx-schema.json).

What SPDX has no field for is a package's annotation, one `nix:KEY: VALUE` a line, with the keys of `cyclonedx`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from ... import __version__
from ...documents import canonical_json
from . import identifiers
from .cyclonedx import component_facts, document_id, image_facts
from .model import Bill, Component, DescribedImage
from .package_meta import Licence

_DOCUMENT = "SPDXRef-DOCUMENT"
_IMAGE = "SPDXRef-image"
_TOOL = f"Tool: nixdock-{__version__}"
_DEFAULT = "1970-01-01T00:00:01Z"
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)", re.ASCII)
_FETCHED = re.compile(r"(https?|ftp)://", re.IGNORECASE)
_ALGORITHMS = {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "sha512": "SHA512"}
JSON = dict[str, Any]


def spdx(bill: Bill) -> bytes:
    """Return the document. Its bytes depend on the bill alone, and its namespace on all of its bytes."""
    created = _time(bill.image.created)
    document: JSON = {
        "SPDXID": _DOCUMENT,
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "name": bill.image.name or "unnamed",
        "creationInfo": {"created": created, "creators": [_TOOL]},
        "packages": [_image(bill.image, created), *(_package(one, created) for one in bill.components)],
        "relationships": list(_relationships(bill)),
    }
    if named := _named_licences(bill):
        document["hasExtractedLicensingInfos"] = named
    name = re.sub(r"[^A-Za-z0-9.-]", "-", document["name"])
    document["documentNamespace"] = f"https://spdx.org/spdxdocs/{name}-{document_id(canonical_json.dump(document))}"
    return canonical_json.dump(document) + b"\n"


def _time(text: str) -> str:
    """The one form that SPDX has for a time: that of the image, cut to seconds."""
    match = _TIME.fullmatch(text)
    return f"{match[1]}Z" if match else _DEFAULT


def _image(image: DescribedImage, created: str) -> JSON:
    package = {
        "SPDXID": _IMAGE,
        "name": image.name or "unnamed",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "primaryPackagePurpose": "CONTAINER",
    }
    lines = [f"{key}: {value}" for key, value in image_facts(image)]
    return package | _version(image.tag) | _annotations(lines, created)


def _package(component: Component, created: str) -> JSON:
    meta = component.meta
    download, checksums = _download(component)
    package: JSON = {
        "SPDXID": _reference(component.placed.path),
        "name": component.name or "unnamed",
        "downloadLocation": download,
        "filesAnalyzed": False,
        "primaryPackagePurpose": "APPLICATION" if meta.is_program else "LIBRARY",
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": _declared(meta.licences),
        "copyrightText": "NOASSERTION",
        "externalRefs": list(_external_references(component)),
    }
    if len(meta.licences) > 1:
        package["licenseComments"] = "The package lists these licences; it does not say whether all apply, or one."
    if meta.description:
        package["summary"] = meta.description
    if (homepage := identifiers.url(meta.homepage)) and _FETCHED.match(homepage):
        package["homepage"] = homepage
    if checksums:
        package["checksums"] = checksums
    lines = [f"{key}: {value}" for key, value in component_facts(component) if value]
    lines += [f"nix:patch: {' '.join((patch.name, *patch.cves))}" for patch in component.patches]
    return package | _version(component.version) | _annotations(lines, created)


def _version(version: str | None) -> JSON:
    return {"versionInfo": version} if version else {}


def _annotations(lines: list[str], created: str) -> JSON:
    annotation = {"annotationDate": created, "annotationType": "OTHER", "annotator": _TOOL, "comment": "\n".join(lines)}
    return {"annotations": [annotation]} if lines else {}


def _download(component: Component) -> tuple[str, list[JSON]]:
    """The first source that anybody can fetch, and the hash of that file."""
    for source in component.sources:
        location = identifiers.url(source.url)
        if _FETCHED.match(location):
            algorithm = _ALGORITHMS.get(source.algorithm)
            return location, [{"algorithm": algorithm, "checksumValue": source.hash}] if algorithm else []
    return "NOASSERTION", []


def _external_references(component: Component) -> Iterator[JSON]:
    if cpe := identifiers.cpe(component):
        yield {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": cpe}
    for purl in (identifiers.purl(component), *identifiers.source_purls(component)):
        yield {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}


def _declared(licences: tuple[Licence, ...]) -> str:
    """All of a package's licences. AND is the careful reading of a list that does not say which holds."""
    words = dict.fromkeys(filter(None, map(_word, licences)))
    return " AND ".join(words) or "NOASSERTION"


def _word(licence: Licence) -> str:
    """An id of SPDX's list, or one of this document's own."""
    name = identifiers.licence_name(licence)
    return identifiers.spdx_id(licence) or (f"LicenseRef-{re.sub(r'[^A-Za-z0-9.]+', '-', name)}" if name else "")


def _named_licences(bill: Bill) -> list[JSON]:
    """The licences that are not on SPDX's list: nothing but their names is known."""
    unlisted = {
        _word(licence): identifiers.licence_name(licence)
        for component in bill.components
        for licence in component.meta.licences
        if _word(licence) and not identifiers.spdx_id(licence)
    }
    return [{"licenseId": word, "name": name, "extractedText": name} for word, name in sorted(unlisted.items())]


def _relationships(bill: Bill) -> Iterator[JSON]:
    yield _relationship(_DOCUMENT, "DESCRIBES", _IMAGE)
    for placed in bill.image.paths:
        yield _relationship(_IMAGE, "CONTAINS", _reference(placed.path))
    for placed in bill.image.paths:
        for reference in placed.references or ():
            yield _relationship(_reference(placed.path), "DEPENDS_ON", _reference(reference))


def _relationship(subject: str, kind: str, other: str) -> JSON:
    return {"spdxElementId": subject, "relationshipType": kind, "relatedSpdxElement": other}


def _reference(path: str) -> str:
    return f"SPDXRef-{re.sub(r'[^A-Za-z0-9.-]', '-', os.path.basename(path))}"
