"""SPDX documents, judged by spdx-tools, and what is in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nixdock_hook.insight.sbom.components import bill_of
from nixdock_hook.insight.sbom.model import DescribedImage, PlacedPath
from nixdock_hook.insight.sbom.package_meta import Licence, PackageMeta
from nixdock_hook.insight.sbom.spdx import spdx
from tests.support.bills import HELLO, LAYERS, LIBC, bill, image, spdx_problems

from .test_cyclonedx import FACTS, RICH


def document(described: DescribedImage | None = None, **meta: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(spdx(bill(described, {HELLO: PackageMeta(**meta)} if meta else None)))
    return found


def package(found: dict[str, Any], name: str = "hello") -> dict[str, Any]:
    [one] = [package for package in found["packages"] if package["name"] == name]
    return dict(one)


@pytest.mark.parametrize(
    "described", [image(), image(paths=(), layers=(), tag=None, name="", config_digest=None), image(created="never")]
)
def test_documents_are_valid(described: DescribedImage) -> None:
    assert spdx_problems(spdx(bill(described))) == []


def test_a_rich_document_is_valid() -> None:
    written = spdx(bill_of(image(), {HELLO: ("out", RICH)}, {HELLO: FACTS}))
    assert spdx_problems(written) == []
    found = package(json.loads(written))
    assert found["licenseDeclared"] == "MIT AND LicenseRef-Acme-all-rights"
    assert "licenseComments" in found
    assert found["downloadLocation"] == "https://s.example/h.tgz"
    assert found["checksums"] == [{"algorithm": "SHA256", "checksumValue": "ab" * 32}]
    assert "nix:patch: CVE-2024-1234.patch CVE-2024-1234" in found["annotations"][0]["comment"]
    assert [one["referenceLocator"] for one in found["externalRefs"]][:2] == [
        "pkg:nix/nixpkgs/hello@2.10",
        "pkg:github/gnu/hello@2.10",
    ]
    assert json.loads(written)["hasExtractedLicensingInfos"] == [
        {"licenseId": "LicenseRef-Acme-all-rights", "name": "Acme, all rights", "extractedText": "Acme, all rights"}
    ]


def test_the_validator_finds_what_is_wrong() -> None:
    broken = json.loads(spdx(bill()))
    broken["packages"][1]["licenseDeclared"] = "Acme-1"
    assert spdx_problems(json.dumps(broken).encode()) != []


def test_an_unknown_licence_is_none_claimed() -> None:
    assert package(document())["licenseDeclared"] == "NOASSERTION"
    assert package(document(name="hello", licences=(Licence(),)))["licenseDeclared"] == "NOASSERTION"


def test_the_time_is_the_images_in_the_one_form_that_there_is() -> None:
    def created(text: str) -> object:
        return document(image(created=text))["creationInfo"]["created"]

    assert created("2024-05-02T10:11:12.5Z") == "2024-05-02T10:11:12Z"
    assert created("yesterday") == "1970-01-01T00:00:01Z"


def test_relationships() -> None:
    named = {path: f"SPDXRef-{path.rpartition('/')[2]}" for path in (HELLO, LIBC)}
    found = document()["relationships"]
    assert [(one["spdxElementId"], one["relationshipType"], one["relatedSpdxElement"]) for one in found] == [
        ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image"),
        ("SPDXRef-image", "CONTAINS", named[HELLO]),
        ("SPDXRef-image", "CONTAINS", named[LIBC]),
        (named[HELLO], "DEPENDS_ON", named[LIBC]),
    ]


def test_ids_hold_only_what_spdx_allows() -> None:
    odd = f"/nix/store/{'a' * 32}-a+b_c?d=e-1"
    assert spdx_problems(spdx(bill(image(paths=(PlacedPath(odd),))))) == []


def test_the_layer_is_in_the_annotation() -> None:
    assert f"nix:layer_diff_id: {LAYERS[1]}" in package(document())["annotations"][0]["comment"]


def test_bytes_depend_on_the_content_alone() -> None:
    one, same, other = (spdx(bill(image(tag=tag))) for tag in ("1", "1", "2"))
    assert one == same
    assert json.loads(one)["documentNamespace"] != json.loads(other)["documentNamespace"]
