"""Bills of materials by the real Nix: what each source knows, and that an image's own derivation knows none of it."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.bills import components, cyclonedx_problem, properties, spdx_problems
from tests.support.images import sha256
from tests.support.nix import PRELUDE, Nix

# An application that is reached as a value, and hello, which is reached in its text alone.
APP = """
pkgs.stdenv.mkDerivation {
  pname = "app";
  version = "1.2";
  buildCommand = "mkdir -p $out/bin; ln -s ${pkgs.hello}/bin/hello $out/bin/app";
  src = pkgs.runCommand "app.tgz" { outputHashAlgo = "sha256"; outputHashMode = "flat"; url = "https://app.example/app.tgz";
    outputHash = builtins.hashString "sha256" "app\\n"; } "echo app > $out";
  patches = [ (builtins.toFile "CVE-2024-12345.patch" "") ];
  meta = {
    license = [ { spdxId = "MIT"; fullName = "MIT License"; } "something else" ];
    homepage = [ "https://app.example/" ];
    description = "An application";
    mainProgram = "app";
    identifiers.cpe = "cpe:2.3:a:acme:app:1.2:*:*:*:*:*:*:*";
    identifiers.purl = "pkg:github/acme/app@1.2";
    CHANGES
  };
}
"""


def app(changes: str = "") -> str:
    return f"({APP.replace('CHANGES', changes)})"


def image(function: str = "buildLayeredImage", arguments: str = "", changes: str = "") -> str:
    content = "contents" if function == "buildLayeredImage" else "copyToRoot"
    return f'(nixdock.{function} {{ name = "x"; {content} = [ {app(changes)} ]; {arguments} }})'


def sbom(nix: Nix, body: str) -> dict[str, Any]:
    """The components of an image's bill, which is valid, by their names."""
    document = nix.build_expression(f"{body}.sbom").read_bytes()
    assert cyclonedx_problem(document) is None
    return {one["name"]: one for one in components(document).values()}


def test_what_each_source_knows(nix: Nix) -> None:
    body = image(arguments='config.Cmd = [ "${pkgs.zstd}/bin/zstd" ];')
    found = sbom(nix, body)
    source = {name: properties(one)["nix:source"] for name, one in found.items()}
    assert (source["app"], source["hello"], source["glibc"]) == ("meta", "drv", "drv")
    assert (found["app"]["licenses"]) == [{"license": {"id": "MIT"}}, {"license": {"name": "something else"}}]
    assert found["app"]["cpe"] == "cpe:2.3:a:acme:app:1.2:*:*:*:*:*:*:*"
    assert found["app"]["pedigree"]["patches"][0]["resolves"] == [{"type": "security", "id": "CVE-2024-12345"}]
    assert [one["type"] for one in found["app"]["externalReferences"]] == ["website", "source-distribution"]
    assert found["app"]["externalReferences"][1]["hashes"][0]["alg"] == "SHA-256"
    assert (found["hello"]["version"], found["hello"]["purl"]) == ("2.10", "pkg:nix/hello@2.10")
    assert "licenses" not in found["hello"]


def test_its_paths_are_those_of_the_image(nix: Nix) -> None:
    body = image()
    made = nix.image(body)
    document = nix.build_expression(f"{body}.sbom").read_bytes()
    assert sorted(components(document)) == sorted(made.store_paths)
    for layer in made.recipe["layers"]:
        for path in layer["source"]["paths"]:
            assert properties(components(document)[path])["nix:layer_diff_id"] == layer["diff_id"]
    for path, component in components(document).items():
        known = properties(component)
        assert known["nix:nar_hash"] == nix("nix-store", "-q", "--hash", path).strip()
        assert known["nix:nar_size"] == nix("nix-store", "-q", "--size", path).strip()
    declared = {one["ref"]: one["dependsOn"] for one in json.loads(document)["dependencies"]}
    for path in made.store_paths:
        assert declared[path] == sorted(set(nix("nix-store", "-q", "--references", path).split()) - {path})


def test_what_is_copied_to_the_root_is_there(nix: Nix) -> None:
    for scripts in ("", 'extraCommands = "touch x";'):
        body = image("buildImage", scripts)
        found = sbom(nix, body)
        assert properties(found["app"])["nix:copied_to"] == "/"
        assert properties(found["app"])["nix:layer_diff_id"] == nix.image(body).diff_ids[0]
        assert "hello" in found


def test_bases_and_shared_layers_are_included(nix: Nix) -> None:
    base = 'nixdock.buildLayeredImage { name = "base"; contents = [ pkgs.zstd ]; }'
    shared = f"nixdock.buildLayer {{ copyToRoot = [ {app()} ]; }}"
    arguments = f"fromImage = {base}; layers = [ ({shared}) ]; copyToRoot = pkgs.hello;"
    body = f'(nixdock.buildImage {{ name = "x"; {arguments} }})'
    source = {name: properties(one)["nix:source"] for name, one in sbom(nix, body).items()}
    assert (source["zstd"], source["app"], source["hello"]) == ("meta", "meta", "meta")
    archive = f'(nixdock.buildImage {{ name = "x"; fromImage = ({base}).outPath; copyToRoot = {app()}; }})'
    found = sbom(nix, archive)
    assert properties(found["zstd"])["nix:source"] == "name"
    assert properties(found["zstd"])["nix:layer_diff_id"] in nix.image(archive).diff_ids
    # glibc: the base has it, and hello's own was compared with it.
    assert [properties(found[name])["nix:source"] for name in ("app", "glibc")] == ["meta", "drv"]


def test_spdx(nix: Nix) -> None:
    document = nix.build_expression(f"{image()}.sbom.spdx").read_bytes()
    assert spdx_problems(document) == []
    [found] = [one for one in json.loads(document)["packages"] if one["name"] == "app"]
    assert found["licenseDeclared"] == "MIT AND LicenseRef-something-else"


@pytest.mark.parametrize(
    "changes",
    [
        'license = throw "no";',
        'license = { free = false; }; homepage = 1; description = [ ]; identifiers = "x";',
        'identifiers.possibleCPEs = [ { cpe = throw "no"; } 1 ]; license = [ (throw "no") { spdxId = 1; } ];',
        'maintainers = throw "no";',
    ],
)
def test_meta_that_nobody_can_use_is_left_out(nix: Nix, changes: str) -> None:
    merged = f"(let a = {app()}; in a // {{ meta = a.meta // {{ {changes} }}; }})"
    found = sbom(nix, f'(nixdock.buildImage {{ name = "x"; copyToRoot = {merged}; }})')
    assert found["app"]["version"] == "1.2"


def test_the_image_is_the_same_whatever_meta_says_and_meta_is_not_evaluated_for_it(nix: Nix) -> None:
    paths = [nix.path(image(changes=changes)) for changes in ("", 'longDescription = "other";')]
    assert paths[0] == paths[1]
    aborting = f'let a = {app()} // {{ meta = abort "evaluated"; }}; in'
    images = 'nixdock.buildLayeredImage { name = "x"; contents = [ a ]; checkArchitecture = false; }'
    assert nix.evaluate(f"({aborting} builtins.isString ({images}).recipe.drvPath)") == "true"


def test_nothing_is_built_for_it_to_be_evaluated(nix: Nix) -> None:
    options = ("--eval", "--option", "allow-import-from-derivation", "false", "--expr")
    assert nix("nix-instantiate", *options, f"{PRELUDE} builtins.isString {image()}.sbom.drvPath").strip() == "true"


def test_bytes_are_the_same_in_every_build(nix: Nix) -> None:
    for attribute in ("sbom", "sbom.spdx"):
        nix.build_expression(f"{image()}.{attribute}")
        nix.build_expression(f"{image()}.{attribute}", "--check")


def test_positions_name_no_place_of_this_machine(nix: Nix, tmp_path: Path) -> None:
    file = tmp_path / "app.nix"
    file.write_text(f"pkgs: {app()}")
    body = f'(nixdock.buildImage {{ name = "x"; copyToRoot = import {file} pkgs; }})'
    document = nix.build_expression(f"{body}.sbom").read_bytes()
    assert str(tmp_path).encode() not in document
    [found] = [one for one in components(document).values() if one["name"] == "app"]
    assert properties(found).get("nix:position", "app.nix:").startswith("app.nix:")


def test_the_bill_in_an_image(nix: Nix) -> None:
    for function in ("buildImage", "buildLayeredImage"):
        body = image(function, "sbomInImage = true;")
        root = nix.build_expression(f"nixdock.exportImage {{ fromImage = {body}; }}")
        document = member(root, "usr/share/sbom/x.cdx.json")
        assert cyclonedx_problem(document) is None
        found = {one["name"]: properties(one) for one in components(document).values()}
        assert found["app"]["nix:source"] == "meta"
        assert "nix:layer_diff_id" not in found["hello"]
        assert sorted(nix.image(body).store_paths) == sorted(nix.image(image(function)).store_paths)


def member(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        file = tar.extractfile(f"./{name}")
        assert file is not None
        return file.read()


def test_a_bill_keeps_no_derivation_alive(nix: Nix) -> None:
    path = nix.build_expression(f"{image()}.sbom")
    references = nix("nix-store", "-qR", path).split()
    assert [name for name in references if name.endswith(".drv")] == []
    assert os.path.getsize(path) > 1000


def test_provenance(nix: Nix) -> None:
    body = image(arguments='tag = "1";')
    found = json.loads(nix.build_expression(f"{body}.provenance").read_bytes())
    definition = found["buildDefinition"]
    [derivation] = nix.derivations(f"{body}.recipe")
    assert definition["externalParameters"] == {"image": "x", "tag": "1", "derivation": derivation}
    fetched = {one["uri"]: one["digest"] for one in definition["resolvedDependencies"] if "uri" in one}
    assert fetched == {"https://app.example/app.tgz": {"sha256": sha256(b"app\n").removeprefix("sha256:")}}
    local = {one["name"]: one["digest"] for one in definition["resolvedDependencies"] if "uri" not in one}
    [patch] = [path for path in nix("nix-store", "-qR", derivation).split() if path.endswith("CVE-2024-12345.patch")]
    digits = nix("nix-hash", "--type", "sha256", patch).strip()
    assert local["CVE-2024-12345.patch"] == {"narSha256": digits}
    recipe = nix.build_expression(f"{body}.recipe")
    assert found["runDetails"]["byproducts"][0] == {
        "name": f"{recipe}/image.json",
        "digest": {"sha256": sha256((recipe / "image.json").read_bytes()).removeprefix("sha256:")},
    }
