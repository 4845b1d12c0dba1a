"""What is known not to work, and why: the one table of failures that do not fail the run."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Expected:
    """runtime, way: regular expressions of whole labels. check: what fails there. reason: in words for people."""

    runtime: str
    way: str
    check: str
    reason: str

    def covers(self, runtime: str, way: str, check: str) -> bool:
        """Whether this failure is the one that is known."""
        return bool(re.fullmatch(self.runtime, runtime) and re.fullmatch(self.way, way)) and check == self.check


_OLD = r"(podman 4\.3|buildah 1\.28|skopeo 1\.9)\..*"
_ZSTD_LAYERS = "nix-build, layerCompression zstd|copyToRegistry zstd, pulled"
EXPECTED = (
    Expected(r"docker 20\..*", f"nix-build, compressor zstd|{_ZSTD_LAYERS}", "load", "it reads zstd from 23.0 on"),
    Expected(r"containerd 1\..*", "nix-build, compressor (gz|zstd)", "load", "it reads compressed files from 2.0 on"),
    Expected(_OLD, "nix-build, compressor gz", "load", "it reads no gzipped file as Debian 12 builds it"),
    Expected(_OLD, _ZSTD_LAYERS, "save", "it makes no docker-archive of zstd layers"),
    Expected("crane .*", "nix-build, compressor (gz|zstd)", "load", "it reads no compressed file"),
    Expected("(podman|buildah) .*", "ociLayout", "name", "it calls the image of oci:DIRECTORY:TAG by the tag alone"),
    Expected("skopeo .*", "nix-build.*", "id", "it writes docker's config anew for an OCI layout"),
    Expected("skopeo .*", "serve", "moved", "it compresses plain layers anew for an OCI layout"),
)
