"""A bill of materials as CycloneDX 1.6, JSON (CycloneDX/specification, schema/bom-1.6.schema.json).

Properties of a component: `nix:store_path`, `nix:source` (how it is known: meta, drv or name), `nix:output`,
`nix:nar_hash` and `nix:nar_size` (no `hashes`: those are of files), `nix:layer_diff_id`, `nix:position`,
`nix:copied_to` (where its content is besides, or instead of, the store path), `nix:source_nar_hash`.
The image has `oci:layer_diff_id` for each layer, the lowest first, and `oci:config_digest`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from ... import __version__
from ...documents import canonical_json
from ...oci.digest import digest_of
from . import identifiers
from .build_facts import Patch, Source
from .model import Bill, Component, DescribedImage
from .package_meta import Licence

IMAGE = "image"
"""The bom-ref of the image; those of components are store paths."""
_ALGORITHMS = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512"}
JSON = dict[str, Any]


def cyclonedx(bill: Bill) -> bytes:
    """Return the document. Its bytes depend on the bill alone, and its serial number on all of its bytes."""
    document: JSON = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": _metadata(bill.image),
        "components": [_component(component) for component in bill.components],
        "dependencies": list(_dependencies(bill)),
        "compositions": list(_compositions(bill)),
    }
    document["serialNumber"] = f"urn:uuid:{document_id(canonical_json.dump(document))}"
    return canonical_json.dump(document) + b"\n"


def document_id(data: bytes) -> uuid.UUID:
    """Return the id of a document with these bytes."""
    return uuid.uuid5(uuid.NAMESPACE_OID, digest_of(data))


def image_facts(image: DescribedImage) -> Iterator[tuple[str, str]]:
    """Yield the properties of the image."""
    for diff_id in image.layers:
        yield "oci:layer_diff_id", diff_id
    if image.config_digest:
        yield "oci:config_digest", image.config_digest


def component_facts(component: Component) -> Iterator[tuple[str, str]]:
    """Yield the properties of a component; a value that is not known is ""."""
    placed = component.placed
    yield "nix:source", component.source
    yield "nix:store_path", placed.path
    yield "nix:output", component.output
    yield "nix:nar_hash", placed.nar_hash or ""
    yield "nix:nar_size", "" if placed.nar_size is None else str(placed.nar_size)
    yield "nix:layer_diff_id", placed.layer or ""
    yield "nix:copied_to", "/" if placed.is_copied else ""
    yield "nix:position", component.meta.position
    for nar_hash in dict.fromkeys(source.nar_hash for source in component.sources):
        yield "nix:source_nar_hash", nar_hash


def _metadata(image: DescribedImage) -> JSON:
    properties = _properties(image_facts(image))
    about = _present(type="container", name=image.name or "unnamed", version=image.tag, properties=properties)
    tool = {"type": "application", "name": "nixdock", "version": __version__}
    return {
        "lifecycles": [{"phase": image.phase}],
        "tools": {"components": [tool]},
        "component": {"bom-ref": IMAGE, **about},
    }


def _component(component: Component) -> JSON:
    meta, placed = component.meta, component.placed
    return {
        "bom-ref": placed.path,
        **_present(
            type="application" if meta.is_program else "library",
            name=component.name or "unnamed",
            version=component.version,
            description=meta.description,
            licenses=list(_licences(meta.licences)),
            purl=identifiers.purl(component),
            cpe=identifiers.cpe(component),
            externalReferences=list(_references(component)),
            pedigree=_pedigree(component),
            evidence=_evidence(component),
            properties=_properties(component_facts(component)),
        ),
    }


def _licences(licences: Iterable[Licence]) -> Iterator[JSON]:
    """One entry for each; the list does not say whether all of them apply or one."""
    seen: list[JSON] = []
    for licence in licences:
        if found := identifiers.spdx_id(licence):
            entry = {"license": {"id": found}}
        elif name := identifiers.licence_name(licence):
            entry = {"license": {"name": name}}
        else:
            continue
        if entry not in seen:
            seen.append(entry)
    yield from seen


def _references(component: Component) -> Iterator[JSON]:
    if homepage := identifiers.url(component.meta.homepage):
        yield {"type": "website", "url": homepage}
    for source in component.sources:
        if found := identifiers.url(source.url):
            yield {"type": "source-distribution", "url": found, **_present(hashes=_hashes(source))}


def _hashes(source: Source) -> list[JSON]:
    algorithm = _ALGORITHMS.get(source.algorithm)
    return [{"alg": algorithm, "content": source.hash}] if algorithm else []


def _pedigree(component: Component) -> JSON:
    origins = [
        _present(type="library", name=component.name, version=component.version, purl=found)
        for found in identifiers.source_purls(component)
    ]
    return _present(ancestors=origins, patches=[_patch(patch) for patch in component.patches])


def _patch(patch: Patch) -> JSON:
    where = identifiers.url(patch.url) or identifiers.url_path(patch.name)
    resolved = [{"type": "security", "id": cve} for cve in patch.cves]
    return {"type": "unofficial", **_present(diff=_present(url=where), resolves=resolved)}


def _evidence(component: Component) -> JSON:
    """The CPEs that may be right."""
    candidates = identifiers.cpe_candidates(component)
    return _present(identity=[{"field": "cpe", "concludedValue": candidate} for candidate in candidates])


def _dependencies(bill: Bill) -> Iterator[JSON]:
    """What each component needs; one of which that is not known has no entry (an empty one says: nothing)."""
    yield {"ref": IMAGE, "dependsOn": list(bill.top)}
    for placed in bill.image.paths:
        if placed.references is not None:
            yield {"ref": placed.path, "dependsOn": list(placed.references)}


def _compositions(bill: Bill) -> Iterator[JSON]:
    """What is claimed to be complete: the dependencies that Nix found; and what is not: images with other layers."""
    known = [placed.path for placed in bill.image.paths if placed.references is not None]
    if known:
        yield {"aggregate": "complete", "dependencies": known}
    yield {"aggregate": "incomplete" if bill.image.is_based else "unknown", "assemblies": [IMAGE]}


def _properties(pairs: Iterable[tuple[str, str]]) -> list[JSON]:
    return [{"name": name, "value": value} for name, value in pairs if value]


def _present(**values: Any) -> JSON:
    return {key: value for key, value in values.items() if value}
