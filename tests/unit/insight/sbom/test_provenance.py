"""How an image was made: what of a SLSA provenance the build knows."""

from __future__ import annotations

import json
from pathlib import Path

from nixdock_hook import __version__
from nixdock_hook.insight.sbom.derivations import Derivation, Output
from nixdock_hook.insight.sbom.provenance import Build, provenance
from nixdock_hook.store.nar import hexadecimal, nar_hash_and_size
from tests.support.images import sha256
from tests.support.recipes import recipe

RECIPE = "/nix/store/" + "r" * 32 + "-app-recipe"
ARCHIVE = "/nix/store/" + "a" * 32 + "-app.tgz"
TREE = "/nix/store/" + "b" * 32 + "-source"


def test_what_is_known(tmp_path: Path) -> None:
    local = tmp_path / ("c" * 32 + "-local")
    local.write_text("x")
    derivations = {
        "recipe.drv": Derivation({"out": Output(RECIPE)}, (), (str(local),), "x86_64-linux", {}),
        "a.drv": Derivation({"out": Output(ARCHIVE, "sha256", "aa")}, (), (), "", {"urls": "https://a.example/"}),
        "b.drv": Derivation(
            {"out": Output(TREE, "r:sha256", "bb")}, (), (str(local),), "", {"url": "https://b.example/"}
        ),
    }
    image = recipe()
    found = json.loads(provenance(Build(image, f"{RECIPE}/image.json", b"{}", "7", "recipe.drv", "2.8"), derivations))
    definition, details = found["buildDefinition"], found["runDetails"]
    assert definition["externalParameters"] == {"image": "app", "tag": "7", "derivation": "recipe.drv"}
    assert definition["internalParameters"] == {"system": "x86_64-linux"}
    digest = hexadecimal(nar_hash_and_size(str(local))[0].removeprefix("sha256:"))
    assert definition["resolvedDependencies"] == [
        {"name": "app.tgz", "uri": "https://a.example/", "digest": {"sha256": "aa"}},
        {"name": "source", "uri": "https://b.example/", "digest": {"narSha256": "bb"}},
        {"name": "local", "digest": {"narSha256": digest}},
    ]
    assert details["builder"] == {"version": {"nix": "2.8", "nixdock": __version__}}
    assert details["byproducts"] == [
        {"name": f"{RECIPE}/image.json", "digest": {"sha256": sha256(b"{}").removeprefix("sha256:")}},
        {"name": "config", "digest": {"sha256": sha256(image.oci_config()).removeprefix("sha256:")}},
    ]
