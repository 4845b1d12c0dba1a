"""Closures as the real Nix writes them, and NAR hash and size as the real Nix computes them."""

from __future__ import annotations

import json

from nixdock_hook.store.closure import PathInfo, parse_structured
from nixdock_hook.store.nar import nar_hash_and_size
from tests.support.nix import Nix

# The builder only copies what Nix hands it. That is bash's work: cp closes stderr before it ends, and Nix, which kills
# whatever then still runs, would at times be faster than its end.
STRUCTURED = """
derivation {
  name = "structured"; inherit (pkgs) system;
  builder = "${pkgs.bash}/bin/bash";
  args = [ "-c" "${pkgs.coreutils}/bin/cp .attrs.json ${placeholder "out"} || exit 1" ];
  __structuredAttrs = true; exportReferencesGraph.closure = [ pkgs.hello pkgs.bash ];
}
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


def test_nar_hash_and_size_of_the_paths_themselves(nix: Nix) -> None:
    paths = closure(nix, "bash")
    assert paths
    for path in paths:
        known = known_to_nix(nix, path)
        assert nar_hash_and_size(path) == (known.nar_hash, known.nar_size)
