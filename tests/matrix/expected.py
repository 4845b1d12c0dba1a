"""What is known not to work, and why: the one table of failures that do not fail the run."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Expected:
    """runtime, way: regular expressions of whole labels. checks: what fails there. reason: in words for the README."""

    runtime: str
    way: str
    checks: frozenset[str]
    reason: str

    def covers(self, runtime: str, way: str, check: str) -> bool:
        """Whether this failure is the one that is known."""
        there = re.fullmatch(self.runtime, runtime) and re.fullmatch(self.way, way)
        return bool(there) and check in self.checks


_ARCHIVES = r"nix-build.*|archive.*"
EXPECTED = (
    Expected(
        r"containerd 1\..*", "nix-build, (gz|zstd)", frozenset({"load"}), "ctr reads compressed archives since 2.0"
    ),
    Expected("(podman|buildah) .*", "ociLayout", frozenset({"name"}), "oci:DIRECTORY:TAG is called TAG there"),
    Expected("skopeo .*", _ARCHIVES, frozenset({"id"}), "skopeo writes docker's config anew for an OCI layout"),
    Expected("skopeo .*", "serve", frozenset({"moved"}), "skopeo compresses plain layers for a layout each time"),
)
