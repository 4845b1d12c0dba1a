"""Closures as the real Nix writes them, in both formats, and NAR hash and size as the real Nix computes them."""

from __future__ import annotations

import json

from nixdock_hook.store.closure import PathInfo, complete, parse_registration, parse_structured
from tests.support.nix import Nix

# Both builders only copy what Nix hands them.
_COPY = 'pkgs.coreutils + "/bin/cp"'
STRUCTURED = f"""
derivation {{
  name = "structured"; inherit (pkgs) system;
  builder = {_COPY}; args = [ ".attrs.json" (placeholder "out") ];
  __structuredAttrs = true; exportReferencesGraph.closure = [ pkgs.hello pkgs.bash ];
}}
"""
CLASSIC = f"""
derivation {{
  name = "classic"; inherit (pkgs) system;
  builder = {_COPY}; args = [ "closure" (placeholder "out") ];
  exportReferencesGraph = [ "closure" pkgs.bash ];
}}
"""


def known_to_nix(nix: Nix, path: str) -> PathInfo:
    """What the store's own database says."""
    references = nix("nix-store", "-q", "--references", path).split()
    nar_hash = nix("nix-store", "-q", "--hash", path).strip()
    return PathInfo(path, tuple(sorted(references)), nar_hash, int(nix("nix-store", "-q", "--size", path)))


def closure(nix: Nix, *packages: str) -> set[str]:
    roots = [nix.path(f"pkgs.{package}") for package in packages]
    return set(nix("nix-store", "-qR", *roots).split())


def test_the_structured_graph(nix: Nix) -> None:
    attributes = json.loads(nix.build_expression(STRUCTURED).read_text())
    found = parse_structured(attributes["closure"])
    assert {info.path for info in found} == closure(nix, "hello", "bash")
    assert found and all(info == known_to_nix(nix, info.path) for info in found)


def test_the_classic_graph_completed_from_the_paths_themselves(nix: Nix) -> None:
    found = parse_registration(nix.build_expression(CLASSIC).read_text())
    assert {info.path for info in found} == closure(nix, "bash")
    assert all(info.nar_hash is None and info.nar_size is None for info in found)
    for info in map(complete, found):
        known = known_to_nix(nix, info.path)
        assert (info.path, info.references, info.nar_hash, info.nar_size) == (
            known.path,
            known.references,
            known.nar_hash,
            known.nar_size,
        )
