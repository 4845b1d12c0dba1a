"""What evaluation says about packages, as nix/internal/package-meta.nix writes it."""

from __future__ import annotations

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.insight.sbom.package_meta import Licence, PackageMeta, read_package_meta

RICH = {
    "outputs": {"out": "/nix/store/a", "dev": "/nix/store/b"},
    "name": "hello",
    "version": "2.10",
    "licenses": [{"spdxId": "MIT", "name": None}, {"name": "Acme"}],
    "homepage": "https://hello.example/",
    "description": "greets",
    "position": "pkgs/hello.nix:1",
    "isOfNixpkgs": True,
    "isProgram": True,
    "cpe": "cpe:2.3:a:x",
    "possibleCPEs": ["cpe:2.3:a:y"],
    "purls": ["pkg:github/a/b"],
}


def test_all_that_may_be_known_is_that_of_every_output() -> None:
    found = read_package_meta([RICH])
    assert found["/nix/store/b"] == (
        "dev",
        PackageMeta(
            name="hello",
            version="2.10",
            licences=(Licence("MIT"), Licence(name="Acme")),
            homepage="https://hello.example/",
            description="greets",
            position="pkgs/hello.nix:1",
            is_of_nixpkgs=True,
            is_program=True,
            cpe="cpe:2.3:a:x",
            possible_cpes=("cpe:2.3:a:y",),
            purls=("pkg:github/a/b",),
        ),
    )
    assert found["/nix/store/a"] == ("out", found["/nix/store/b"][1])


def test_a_name_is_enough_and_the_first_wins() -> None:
    path = "/nix/store/a"
    found = read_package_meta([{"name": "x", "outputs": {"out": path}}, {"name": "y", "outputs": {"lib": path}}])
    assert found == {path: ("out", PackageMeta("x"))}


@pytest.mark.parametrize("value", [1, {}, {"name": 1}, {"name": "x", "outputs": []}, {"name": "x", "purls": [1]}])
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match="the packages' meta"):
        read_package_meta([value])
