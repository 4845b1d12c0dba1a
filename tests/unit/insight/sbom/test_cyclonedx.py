"""CycloneDX documents, judged by cyclonedx-python-lib, and what is in them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from nixdock_hook.insight.sbom.build_facts import BuildFacts, Patch, Source
from nixdock_hook.insight.sbom.components import bill_of
from nixdock_hook.insight.sbom.cyclonedx import cyclonedx
from nixdock_hook.insight.sbom.model import Bill, PlacedPath
from nixdock_hook.insight.sbom.package_meta import Licence, PackageMeta
from tests.support.bills import HELLO, LAYERS, LIBC, bill, components, cyclonedx_problem, image, properties

RICH = PackageMeta(
    name="hello",
    version="2.10",
    licences=(Licence("MIT", "MIT"), Licence("Acme-1", "Acme, all rights"), Licence("", ""), Licence("MIT", "again")),
    homepage="https://hello.example/a b",
    description='greets "you"\n',
    position="pkgs/hello.nix:12",
    is_of_nixpkgs=True,
    is_program=True,
    possible_cpes=("cpe:2.3:a:gnu:hello:2.10:*:*:*:*:*:*:*",),
    purls=("pkg:github/gnu/hello@2.10", "none"),
)
FACTS = BuildFacts(
    "hello",
    "2.10",
    "out",
    (
        Source("https://s.example/h.tgz", "sha256", "ab" * 32),
        Source("https://t.example/h", nar_hash="sha256:cd"),
        Source("no url"),
    ),
    (Patch("CVE-2024-1234.patch", "", ("CVE-2024-1234",)), Patch("a b%.patch", "https://p.example/1")),
)


def rich() -> Bill:
    return bill_of(image(), {HELLO: ("out", RICH)}, {HELLO: FACTS})


@pytest.mark.parametrize(
    "described", [image(), image(paths=(), layers=(), tag=None, name="", config_digest=None), image(is_based=True)]
)
def test_documents_are_valid(described: object) -> None:
    assert cyclonedx_problem(cyclonedx(bill(described))) is None  # type: ignore[arg-type]
    assert cyclonedx_problem(cyclonedx(rich())) is None


def test_the_validator_finds_what_is_wrong() -> None:
    document = json.loads(cyclonedx(rich()))
    document["components"][0]["licenses"][0]["license"]["id"] = "Acme-1"
    assert cyclonedx_problem(json.dumps(document).encode()) is not None


def test_all_that_is_known_of_a_component() -> None:
    found = components(cyclonedx(rich()))[HELLO]
    assert properties(found) == {
        "nix:source": "meta",
        "nix:store_path": HELLO,
        "nix:output": "out",
        "nix:nar_hash": "sha256:" + 52 * "0",
        "nix:nar_size": "100",
        "nix:layer_diff_id": LAYERS[1],
        "nix:position": "pkgs/hello.nix:12",
        "nix:source_nar_hash": "sha256:cd",
    }
    assert (found["type"], found["purl"]) == ("application", "pkg:nix/nixpkgs/hello@2.10")
    assert found["licenses"] == [{"license": {"id": "MIT"}}, {"license": {"name": "Acme, all rights"}}]
    assert found["externalReferences"] == [
        {"type": "website", "url": "https://hello.example/a%20b"},
        {
            "type": "source-distribution",
            "url": "https://s.example/h.tgz",
            "hashes": [{"alg": "SHA-256", "content": "ab" * 32}],
        },
        {"type": "source-distribution", "url": "https://t.example/h"},
    ]
    assert found["pedigree"]["patches"] == [
        {
            "type": "unofficial",
            "diff": {"url": "CVE-2024-1234.patch"},
            "resolves": [{"type": "security", "id": "CVE-2024-1234"}],
        },
        {"type": "unofficial", "diff": {"url": "https://p.example/1"}},
    ]
    assert [one["purl"] for one in found["pedigree"]["ancestors"]] == ["pkg:github/gnu/hello@2.10"]
    assert found["evidence"]["identity"] == [{"field": "cpe", "concludedValue": RICH.possible_cpes[0]}]
    assert not {"hashes", "cpe"} & found.keys()


def test_what_is_not_known_is_not_claimed() -> None:
    found = components(cyclonedx(bill(image(paths=(PlacedPath(HELLO),)))))[HELLO]
    assert properties(found) == {"nix:source": "name", "nix:store_path": HELLO, "nix:output": "out"}
    assert not {"licenses", "description", "externalReferences", "pedigree", "cpe", "hashes"} & found.keys()


def test_dependencies_that_are_unknown_are_not_declared_empty() -> None:
    paths = (PlacedPath(HELLO, references=None), PlacedPath(LIBC, references=()))
    document = json.loads(cyclonedx(bill(image(paths=paths, is_based=True))))
    assert document["dependencies"] == [
        {"ref": "image", "dependsOn": [HELLO, LIBC]},
        {"ref": LIBC, "dependsOn": []},
    ]
    assert document["compositions"] == [
        {"aggregate": "complete", "dependencies": [LIBC]},
        {"aggregate": "incomplete", "assemblies": ["image"]},
    ]


def test_the_serial_number_is_that_of_the_content() -> None:
    one, same, other = (cyclonedx(bill(image(tag=tag))) for tag in ("1", "1", "2"))
    assert one == same
    assert json.loads(one)["serialNumber"] != json.loads(other)["serialNumber"]
    assert "timestamp" not in json.loads(one)["metadata"]


def test_the_image() -> None:
    about = json.loads(cyclonedx(bill()))["metadata"]["component"]
    assert (about["name"], about["version"], about["type"]) == ("team/app", "1", "container")
    assert [one["value"] for one in about["properties"]] == [*LAYERS, "sha256:" + 64 * "3"]


def test_a_tree_that_was_copied() -> None:
    placed = replace(image().paths[0], is_copied=True)
    found = components(cyclonedx(bill(image(paths=(placed,)))))[HELLO]
    assert properties(found)["nix:copied_to"] == "/"
