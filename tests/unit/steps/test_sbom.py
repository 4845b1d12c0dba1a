"""The steps `sbom`, `image-sbom` and `provenance`: specs as nix/internal writes them."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from tests.support.bills import components, cyclonedx_problem, properties, spdx_problems
from tests.support.recipes import recipe, recipe_file, store_layer, tree

from .conftest import Build

NAME = "d" * 32 + "-hello-2.10"


@pytest.fixture
def spec(tmp_path: Path) -> dict[str, Any]:
    """The bill of an image with one path, whose derivation and meta are known."""
    path = tree(tmp_path / NAME, {"bin/hello": "x"})
    derivation = tmp_path / "hello.drv"
    derivation.write_text(f'Derive([("out","{path}","","")],[],[],"","",[],[("name","hello-2.10")])')
    stored = recipe_file(tmp_path / "recipe", recipe(store_layer(path)))
    return {
        "format": "cyclonedx",
        "tag": "2",
        "recipe": str(stored),
        "copied": [],
        "derivations": [str(derivation)],
        "packages": [
            {"outputs": {"out": str(path)}, "name": "hello", "version": "2.10", "licenses": [{"spdxId": "MIT"}]}
        ],
    }


def graph(tmp_path: Path) -> dict[str, Any]:
    path = str(tmp_path / NAME)
    return {"closure": [{"path": path, "references": [path], "narHash": "sha256:" + 52 * "0", "narSize": 7}]}


def test_a_built_image(build: Build, spec: dict[str, Any], tmp_path: Path) -> None:
    document = build.run("sbom", spec, graph(tmp_path)).read_bytes()
    assert cyclonedx_problem(document) is None
    [found] = components(document).values()
    assert (properties(found)["nix:source"], properties(found)["nix:nar_size"]) == ("meta", "7")
    assert found["licenses"] == [{"license": {"id": "MIT"}}]
    assert json.loads(document)["metadata"]["component"]["version"] == "2"


def test_without_meta_the_derivation_is_known(build: Build, spec: dict[str, Any], tmp_path: Path) -> None:
    [found] = components(build.run("sbom", {**spec, "packages": []}, graph(tmp_path)).read_bytes()).values()
    assert (properties(found)["nix:source"], found["version"]) == ("drv", "2.10")


def test_spdx(build: Build, spec: dict[str, Any], tmp_path: Path) -> None:
    assert spdx_problems(build.run("sbom", {**spec, "format": "spdx"}, graph(tmp_path)).read_bytes()) == []


def test_an_image_that_is_not_built_yet(build: Build, spec: dict[str, Any], tmp_path: Path) -> None:
    known = {name: spec[name] for name in ("tag", "copied", "derivations", "packages")}
    plan = {
        **known,
        "name": "app",
        "place": "usr/share/sbom/app.cdx.json",
        "root": [str(tmp_path / NAME)],
        "dirlinks": "link",
        "config": None,
        "base": None,
        "owner": {"uid": 7, "gid": 8, "uname": "u", "gname": "g"},
        "mtime": "@5",
    }
    with tarfile.open(build.run("image_sbom", plan, graph(tmp_path))) as tar:
        members = {member.name: (member.mode, member.uid, member.mtime) for member in tar}
        file = tar.extractfile("usr/share/sbom/app.cdx.json")
        assert file
        document = file.read()
    assert members == {
        "usr": (0o755, 7, 5),
        "usr/share": (0o755, 7, 5),
        "usr/share/sbom": (0o755, 7, 5),
        "usr/share/sbom/app.cdx.json": (0o644, 7, 5),
    }
    assert cyclonedx_problem(document) is None
    [found] = components(document).values()
    assert "nix:layer_diff_id" not in properties(found)


BAD_OUTPUTS = {"name": "x", "outputs": {"out": 1}}


@pytest.mark.parametrize("packages", [[{}], [1], [BAD_OUTPUTS], [{"name": "x", "licenses": 1}]])
def test_meta_of_another_shape_is_refused(build: Build, spec: dict[str, Any], tmp_path: Path, packages: object) -> None:
    with pytest.raises(InvalidInput, match="the packages' meta"):
        build.run("sbom", {**spec, "packages": packages}, graph(tmp_path))
    assert not build.out.exists()


def test_provenance(build: Build, spec: dict[str, Any]) -> None:
    [derivation] = spec["derivations"]
    given = {"recipe": spec["recipe"], "tag": "2", "derivation": derivation, "nixVersion": "2.8.0"}
    found = json.loads(build.run("provenance", given).read_bytes())
    assert found["buildDefinition"]["externalParameters"]["derivation"] == derivation
