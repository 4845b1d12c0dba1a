"""Names by which databases know a package: none is guessed, and each has its form."""

from __future__ import annotations

from typing import Any

import pytest

from nixdock_hook.insight.sbom import identifiers
from nixdock_hook.insight.sbom.model import Component, PlacedPath
from nixdock_hook.insight.sbom.package_meta import Licence, PackageMeta

CPE = "cpe:2.3:a:gnu:hello:2.10:*:*:*:*:*:*:*"


def component(name: str = "hello", version: str = "2.10", output: str = "out", **meta: Any) -> Component:
    return Component(PlacedPath("/nix/store/x"), "meta", name, version, output, PackageMeta(**meta))


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (component(), "pkg:nix/hello@2.10"),
        (component(is_of_nixpkgs=True), "pkg:nix/nixpkgs/hello@2.10"),
        (component(version="", output="bin"), "pkg:nix/hello?output=bin"),
        (component(name="libstdc++6", version="1:2+a/b"), "pkg:nix/libstdc%2B%2B6@1%3A2%2Ba%2Fb"),
    ],
)
def test_package_urls(found: Component, wanted: str) -> None:
    assert identifiers.purl(found) == wanted


def test_a_stated_cpe_is_the_cpe() -> None:
    stated = component(cpe=CPE, possible_cpes=("cpe:2.3:a:x:hello:2.10:*:*:*:*:*:*:*",))
    assert (identifiers.cpe(stated), identifiers.cpe_candidates(stated)) == (CPE, ())


def test_possible_cpes_are_candidates() -> None:
    possible = ("cpe:2.3:a:x:hello:2.10:*:*:*:*:*:*:*", "no cpe")
    assert identifiers.cpe(component(possible_cpes=possible)) == ""
    assert identifiers.cpe_candidates(component(possible_cpes=possible)) == possible[:1]


def test_without_a_vendor_any_may_be_right() -> None:
    assert identifiers.cpe_candidates(component()) == ("cpe:2.3:a:*:hello:2.10:*:*:*:*:*:*:*",)
    assert identifiers.cpe_candidates(component(name="libstdc++6", version="1:2")) == (
        r"cpe:2.3:a:*:libstdc\+\+6:1\:2:*:*:*:*:*:*:*",
    )
    assert identifiers.cpe_candidates(component(version="")) == ()


@pytest.mark.parametrize("text", ["cpe:/a:gnu:hello", CPE + ":*", CPE.replace("gnu", "g nu"), "x" + CPE])
def test_what_is_no_cpe_is_none(text: str) -> None:
    assert identifiers.cpe(component(cpe=text)) == ""


def test_licences() -> None:
    assert identifiers.spdx_id(Licence("MIT", "MIT License")) == "MIT"
    assert identifiers.spdx_id(Licence("GPL-2.0")) == "GPL-2.0"  # deprecated, and on the list
    assert identifiers.spdx_id(Licence("Acme-1.0", "Acme")) == ""
    assert identifiers.licence_name(Licence("Acme-1.0")) == "Acme-1.0"
    assert identifiers.licence_name(Licence()) == ""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://app.example/a?b=c#d", "https://app.example/a?b=c#d"),
        (" https://app.example/a b ", "https://app.example/a%20b"),
        ("https://app.example/ü[1]", "https://app.example/%C3%BC%5B1%5D"),
        ("mirror://gnu/hello.tar.gz", "mirror://gnu/hello.tar.gz"),
        ("app.example", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_urls(text: str, wanted: str) -> None:
    assert identifiers.url(text) == wanted
