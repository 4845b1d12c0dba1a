"""What derivations say about the store paths that they make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from nixdock_hook.insight.sbom.build_facts import Patch, Source, build_facts, cves_in, fetched_sources
from nixdock_hook.insight.sbom.derivations import Derivation, Output

NAMES = ("app.tgz", "source", "CVE-2024-1.patch", "y.patch", "app", "app-doc")
ARCHIVE, UNPACKED, FIX, LOCAL, APP, DOC = (
    f"/nix/store/{letter * 32}-{name}" for letter, name in zip("abcdfg", NAMES, strict=True)
)


def fixed(path: str, method: str, digits: str, **environment: str) -> Derivation:
    return Derivation({"out": Output(path, method, digits)}, (), (), "", environment)


FETCHED = {
    "archive": fixed(ARCHIVE, "sha256", "aa", urls="https://one.example/app.tgz mirror://two/app.tgz", name="app.tgz"),
    "unpacked": fixed(UNPACKED, "r:sha256", "bb", url="https://three.example/app", name="source"),
    "fix": fixed(FIX, "sha512", "cc", url="https://four.example/fix", name="fix"),
}


def facts(**environment: str) -> Mapping[str, Any]:
    outputs = {"out": Output(APP), "doc": Output(DOC), "later": Output("")}
    return build_facts({**FETCHED, "app": Derivation(outputs, (), (), "", environment)})


@pytest.mark.parametrize(
    ("environment", "name", "version"),
    [
        ({"name": "app-1.2", "pname": "app", "version": "1.2"}, "app", "1.2"),
        ({"name": "app-1.2-beta"}, "app", "1.2-beta"),
        ({"name": "app-x-1.2", "version": "1.2"}, "app-x", "1.2"),
        ({"name": "app"}, "app", ""),
        ({}, "", ""),
    ],
)
def test_names(environment: dict[str, str], name: str, version: str) -> None:
    found = facts(**environment)
    assert {(one.name, one.version, one.output) for path, one in found.items() if path in (APP, DOC)} == {
        (name, version, "out"),
        (name, version, "doc"),
    }
    assert "" not in found


def test_a_hash_of_a_file_and_one_of_a_tree_are_different_things() -> None:
    assert facts(src=ARCHIVE)[APP].sources == (
        Source("https://one.example/app.tgz", "sha256", "aa"),
        Source("mirror://two/app.tgz", "sha256", "aa"),
    )
    assert facts(src=UNPACKED)[APP].sources == (Source("https://three.example/app", nar_hash="sha256:bb"),)


def test_several_sources_parts_of_them_and_local_ones() -> None:
    urls = [source.url for source in facts(srcs=f"{UNPACKED}/sub {LOCAL} {ARCHIVE}", src=ARCHIVE)[APP].sources]
    assert urls == ["https://one.example/app.tgz", "mirror://two/app.tgz", "https://three.example/app"]


def test_patches() -> None:
    assert facts(patches=f"{FIX} {LOCAL}")[APP].patches == (
        Patch("CVE-2024-1.patch", "https://four.example/fix"),
        Patch("y.patch"),
    )


def test_structured_attributes() -> None:
    attributes = {"pname": "app", "version": "3", "src": ARCHIVE, "patches": [FIX], "name": "x"}
    found = facts(__json=json.dumps(attributes))[APP]
    assert (found.name, found.version, len(found.sources), len(found.patches)) == ("app", "3", 2, 1)


@pytest.mark.parametrize("text", ["[]", "{", '{"pname": 1, "src": {"a": 1}, "patches": [[1]]}', "null"])
def test_structured_attributes_that_are_none(text: str) -> None:
    found = facts(__json=text)[APP]
    assert (found.name, found.sources, found.patches) == ("", (), ())


def test_what_was_fetched_is_its_own_source() -> None:
    assert facts()[FIX].sources == (Source("https://four.example/fix", "sha512", "cc"),)


def test_all_that_was_fetched() -> None:
    assert [(path, source.url) for path, source in fetched_sources(FETCHED)] == [
        (ARCHIVE, "https://one.example/app.tgz"),
        (ARCHIVE, "mirror://two/app.tgz"),
        (UNPACKED, "https://three.example/app"),
        (FIX, "https://four.example/fix"),
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("CVE-2024-12345.patch", ("CVE-2024-12345",)),
        ("fix-cve_2023_0001-and-CVE-2024-1234567.diff", ("CVE-2023-0001", "CVE-2024-1234567")),
        ("CVE-2024-123.patch", ()),
        ("cve-2024.patch", ()),
        ("CVE-2024-1111-CVE-2024-1111", ("CVE-2024-1111",)),
    ],
)
def test_cves_in_names(name: str, found: tuple[str, ...]) -> None:
    assert cves_in(name) == found
