"""How an image was made: the facts of an SLSA v1 provenance that a build knows, for a CI to complete and sign.

What only the CI knows is left out: `runDetails.builder.id`, `metadata` (who ran it, and when). Digests of what Nix
unpacked, and of sources that lay on the machine, are those of a NAR: `narSha256`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ... import __version__
from ...documents import canonical_json
from ...images.recipe import Recipe
from ...oci.digest import digest_of
from ...store.nar import hexadecimal, nar_hash_and_size
from ...store.place import name_of
from .build_facts import Source, fetched_sources
from .derivations import Derivation

BUILD_TYPE = "https://github.com/nixdock/nixdock/blob/main/README.md#provenance-v1"
JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Build:
    """What was built. recipe_path: its file, with the bytes `recipe_text`. derivation: the .drv that made it."""

    recipe: Recipe
    recipe_path: str
    recipe_text: bytes
    tag: str | None
    derivation: str
    nix_version: str


def provenance(build: Build, derivations: Mapping[str, Derivation]) -> bytes:
    """Return the predicate. derivations: the one that made the recipe, and all that it needed."""
    predicate = {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"image": build.recipe.name, "tag": build.tag, "derivation": build.derivation},
            "internalParameters": {"system": derivations[build.derivation].system},
            "resolvedDependencies": [*_fetched(derivations), *_local(derivations.values())],
        },
        "runDetails": {
            "builder": {"version": {"nix": build.nix_version, "nixdock": __version__}},
            "byproducts": [
                {"name": build.recipe_path, "digest": _digest_set(digest_of(build.recipe_text))},
                {"name": "config", "digest": _digest_set(digest_of(build.recipe.oci_config()))},
            ],
        },
    }
    return canonical_json.dump(predicate) + b"\n"


def _fetched(derivations: Mapping[str, Derivation]) -> Iterator[JSON]:
    for path, source in fetched_sources(derivations):
        yield {"name": name_of(path), "uri": source.url, "digest": _digest_of_source(source)}


def _local(derivations: Iterable[Derivation]) -> Iterator[JSON]:
    """The sources that came into the store without a derivation: files and directories next to expressions."""
    for path in sorted({path for derivation in derivations for path in derivation.sources}):
        nar_hash, _ = nar_hash_and_size(path)
        yield {"name": name_of(path), "digest": {"narSha256": hexadecimal(nar_hash.removeprefix("sha256:"))}}


def _digest_of_source(source: Source) -> JSON:
    if source.algorithm:
        return {source.algorithm: source.hash}
    algorithm, _, digits = source.nar_hash.partition(":")
    return {f"nar{algorithm.capitalize()}": digits} if digits else {}


def _digest_set(digest: str) -> JSON:
    algorithm, _, digits = digest.partition(":")
    return {algorithm: digits}
