"""Steps run in this process, in a build directory as Nix 2.8 makes it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.__main__ import run_step


@dataclass(frozen=True)
class Build:
    """One derivation's build directory, and where its output goes.

    tools: directories for the step's PATH.
    """

    top: Path
    out: Path
    tools: list[str] = field(default_factory=lambda: ["/usr/bin", "/bin"])

    def write_attributes(self, spec: Mapping[str, Any], graphs: Mapping[str, Any] | None = None) -> None:
        """Write .attrs.json, as Nix does for structured attributes."""
        attributes = {
            "name": "image",
            "spec": spec,
            "path": self.tools,
            "outputs": {"out": str(self.out)},
            **({"exportReferencesGraph": {name: [] for name in graphs}, **graphs} if graphs else {}),
        }
        (self.top / ".attrs.json").write_text(json.dumps(attributes))

    def run(self, step: str, spec: Mapping[str, Any], graphs: Mapping[str, Any] | None = None) -> Path:
        """Run a step with this spec and these closures; returns the path of its output."""
        self.write_attributes(spec, graphs)
        run_step(step.replace("_", "-"))
        return self.out


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
    """An empty build directory, which is the current one; the test's own files belong elsewhere in tmp_path."""
    made = Build(tmp_path / "build", tmp_path / "0123456789abcdfghijklmnpqrsvwxyz-image")
    made.top.mkdir()
    monkeypatch.chdir(made.top)
    monkeypatch.setenv("NIX_BUILD_TOP", str(made.top))
    monkeypatch.setenv("NIX_ATTRS_JSON_FILE", str(tmp_path / "of-the-host/.attrs.json"))
    for name in ("PATH", "out"):  # a step sets them: have them set back
        monkeypatch.setenv(name, os.environ.get(name, ""))
    umask = os.umask(0o022)
    yield made
    os.umask(umask)
