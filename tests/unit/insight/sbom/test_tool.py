"""The version that documents state."""

from __future__ import annotations

import tomllib

from nixdock_hook.insight.sbom.tool import VERSION
from tests.support.tools import ROOT


def test_it_is_the_projects() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
