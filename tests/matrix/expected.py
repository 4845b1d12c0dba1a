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


_OLD_CONTAINERS = r"(podman 4\.3|buildah 1\.28|skopeo 1\.9)\..*"
_ZSTD_PULLED = "copyToRegistry, zstd, pulled"
EXPECTED = (
    Expected(r"docker 20\..*", f"nix-build, zstd|{_ZSTD_PULLED}", frozenset({"load"}), "docker reads zstd since 23.0"),
    Expected(
        r"containerd 1\..*", "nix-build, (gz|zstd)", frozenset({"load"}), "ctr reads whole compressed files since 2.0"
    ),
    Expected(_OLD_CONTAINERS, "nix-build, gz", frozenset({"load"}), "it reads no gzipped file, as Debian 12 builds it"),
    Expected(_OLD_CONTAINERS, _ZSTD_PULLED, frozenset({"save"}), "it makes no docker-archive of zstd layers"),
    Expected(
        "(podman|buildah) .*", "ociLayout", frozenset({"name"}), "what is pulled from oci:DIRECTORY:TAG is called TAG"
    ),
    Expected(
        "skopeo .*", "(nix-build|archive).*", frozenset({"id"}), "it writes docker's config anew for an OCI layout"
    ),
    Expected("skopeo .*", "serve", frozenset({"moved"}), "it compresses plain layers for a layout each time"),
)
