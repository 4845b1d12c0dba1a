"""Tables that Nix reads too."""

from __future__ import annotations

import pytest

from nixdock_hook.oci.tables import table
from tests.support.tools import ROOT

NAMES = sorted(path.stem for path in (ROOT / "nixdock_hook/oci").glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_each_is_an_object_that_both_sides_read(name: str) -> None:
    assert table(name)
    readers = [path for path in (ROOT / "nix").rglob("*.nix") if f"oci/{name}.json" in path.read_text()]
    assert readers


def test_it_is_read_once() -> None:
    assert table("reference") is table("reference")
