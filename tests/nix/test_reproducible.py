"""Built twice, everything that nixdock builds has the same bytes; with the sandbox on."""

from __future__ import annotations

import json

import pytest

from nixdock_hook.compression import libdeflate
from nixdock_hook.images.recipe import read_recipe
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.sinks.compressed import compress_layer
from tests.support.nix import Nix

# Every image of default.nix, and every way of taking it; merged and exported ones are files alone.
IMAGES = """
let
  images = [ nixdock.image ] ++ builtins.attrValues nixdock.examples;
in
builtins.concatMap (
  image:
  [ image ]
  ++ (if image ? archive then [ image.recipe image.archive image.stream ]
      else if image ? ociLayout then [ image.ociLayout ] # of an index
      else [ ])
) images
"""


def steps(nix: Nix, derivation_files: list[str]) -> list[str]:
    """Of these derivations and all that they need, those that run nixdock's Python."""
    derivations = json.loads(nix("nix", "show-derivation", "--recursive", *derivation_files))
    return [
        path
        for path, derivation in derivations.items()
        if any(needed.endswith("-nixdock-hook.drv") for needed in derivation["inputDrvs"])
    ]


def test_every_step_of_every_image_gives_the_same_bytes_again(nix: Nix) -> None:
    files = nix.derivations(IMAGES)
    nix("nix-store", "--realise", "--max-jobs", "auto", *files)
    run_again = steps(nix, files)
    assert len(run_again) >= len(set(files))
    nix("nix-store", "--realise", "--check", "--max-jobs", "auto", *run_again)


def test_the_hook_itself_gives_the_same_bytes_again(nix: Nix) -> None:
    requisites = nix("nix-store", "-qR", *nix.derivations(IMAGES)).split()
    [hook] = [path for path in requisites if path.endswith("-nixdock-hook.drv")]
    nix("nix-store", "--realise", "--check", hook)


def test_the_sandbox_is_on_and_may_not_be_left_out(nix: Nix) -> None:
    settings = json.loads(nix("nix", "show-config", "--json"))
    assert settings["sandbox"]["value"] == "true" or settings["sandbox"]["value"] is True
    assert settings["sandbox-fallback"]["value"] is False


def test_what_runs_from_the_store_writes_nothing_there(nix: Nix) -> None:
    """Root may write to the store, where Python keeps the bytecode of what it finds without."""
    command = nix.build("nixdock")
    [hook] = [path for path in nix("nix-store", "-qR", command).split() if path.endswith("-nixdock-hook")]
    nix(f"{command}/bin/nixdock", "--help")
    nix.configured("sandbox = false").build_expression('dockerTools.buildImage { name = "written-in-no-sandbox"; }')
    nix("nix-store", "--verify-path", hook)


def test_gzip_is_that_of_the_package_sets_own_libdeflate(nix: Nix, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has that library makes the blobs of layouts and pushes again."""
    monkeypatch.setattr(libdeflate, "LIBRARY", f"{nix.build('pkgs.libdeflate')}/lib/libdeflate.so.0")
    libdeflate._library.cache_clear()
    layout, recipe = nix.build("examples.layered.ociLayout"), read_recipe(str(nix.build("examples.layered.recipe")))
    assert libdeflate.is_there()
    with layer_contents() as contents:
        for layer in recipe.layers:
            blob = compress_layer(layer, contents, "gzip", lambda _: None)
            assert (layout / "blobs" / blob.digest.replace(":", "/")).stat().st_size == blob.size
    libdeflate._library.cache_clear()
