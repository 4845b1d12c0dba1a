"""Each step that reads a base's layers reads every compression, with the tools that Nix gives it in the sandbox."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import nixdock
from tests.support.foreign import foreign_archive, push
from tests.support.images import docker_archive, image_config, layer, layers_of
from tests.support.nix import Nix
from tests.support.registry import Registry
from tests.support.skopeo import Skopeo
from tests.support.tools import ROOT, need, output


def zstd(data: bytes) -> bytes:
    return output(need("zstd"), "-qc", stdin=data)


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "gzip": gzip.compress,
    "zstd": zstd,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
}
# Each holds something of the store, which a database on top has to know.
LAYERS = {kind: layer({f"etc/{kind}": kind.encode(), f"nix/store/{kind}": b""}) for kind in COMPRESSORS}

IMAGE = 'name = "on-compressed"; tag = "1"; fromImage = base'
COPY_ROOT = 'copyToRoot = [ (pkgs.writeTextDir "etc/ours" "ours") ];'
STEPS = {
    "import_image": "(dockerTools.exportImage { fromImage = base; })",
    "archive": f"(dockerTools.buildImage {{ {IMAGE}; {COPY_ROOT} }})",
    "export_image": f"(dockerTools.exportImage {{ fromImage = dockerTools.buildImage {{ {IMAGE}; {COPY_ROOT} }}; }})",
    "merge_images": "(dockerTools.mergeImages [ base ])",
    "oci_layout": f"(dockerTools.buildLayeredImage {{ {IMAGE}; }}).ociLayout",
    "run_as_root": f'(dockerTools.buildImage {{ {IMAGE}; runAsRoot = "cat /etc/{{{",".join(COMPRESSORS)}}} >/all"; }})',
    "declared_tree": f"(dockerTools.buildImage {{ {IMAGE}; users.app.uid = 1000; {COPY_ROOT} }})",
    "image_sbom": f"(dockerTools.buildImage {{ {IMAGE}; sbomInImage = true; {COPY_ROOT} }})",
    "base_registration": f"(dockerTools.buildImage {{ {IMAGE}; includeNixDB = true; {COPY_ROOT} }})",
}
ELSEWHERE = {
    "locked_image": "test_an_image_of_a_registry",
    "program": "test_a_program",
    "check_image": "test_what_is_said_of_an_image",
    "sbom": "test_what_is_said_of_an_image",
}
"""Steps that read layers, or whose program does, with the test of their own."""
NO_LAYERS = {
    *("config", "fetch_blob", "image_index", "layer", "layered_image", "nix_database", "provenance", "pull_image"),
    *("root_tree", "single_layer_image"),
}
"""Steps that read recipes, trees and documents."""


@pytest.fixture
def base(tmp_path: Path) -> str:
    """A docker-archive with a layer of each compression, as a Nix value."""
    config = image_config(list(LAYERS.values()))
    packed = [COMPRESSORS[kind](data) for kind, data in LAYERS.items()]
    return f"{docker_archive(tmp_path / 'base.tar', packed, image=config)}"


def test_no_step_is_forgotten() -> None:
    modules = {path.stem for path in (ROOT / "nixdock_hook/steps").glob("*.py") if "\ndef run(" in path.read_text()}
    assert modules == {*STEPS, *ELSEWHERE, *NO_LAYERS}
    assert set(ELSEWHERE.values()) <= set(globals())


@pytest.mark.parametrize("step", STEPS)
def test_every_compression(nix: Nix, base: str, step: str) -> None:
    built = nix.build_expression(f"let base = {base}; in {STEPS[step]}")
    if built.is_dir():
        [image] = json.loads((built / "index.json").read_text())["manifests"]
        manifest = json.loads((built / "blobs" / image["digest"].replace(":", "/")).read_text())
        assert len(manifest["layers"]) == len(LAYERS) + 1
        return
    with tarfile.open(built) as tar:
        is_image = "manifest.json" in tar.getnames()
        if not is_image:
            assert {f"./etc/{kind}" for kind in LAYERS} <= set(tar.getnames())
    if is_image:
        assert layers_of(built)[: len(LAYERS)] == list(LAYERS.values())


def test_what_the_script_sees(nix: Nix, base: str) -> None:
    built = nix.build_expression(f"let base = {base}; in {STEPS['run_as_root']}")
    [*_, last] = layers_of(built)
    assert "".join(COMPRESSORS).encode() in last


def test_a_program(nix: Nix, base: str) -> None:
    stream = nix.build_expression(f"let base = {base}; in dockerTools.streamLayeredImage {{ {IMAGE}; }}")
    # Nothing but its own tools in PATH.
    written = subprocess.run([stream], env={"PATH": ""}, capture_output=True, check=True).stdout
    assert all(data in written for data in LAYERS.values())


def test_what_is_said_of_an_image(nix: Nix, base: str) -> None:
    image = f"(dockerTools.buildImage {{ {IMAGE}; {COPY_ROOT} }})"
    bill = json.loads(nix.build_expression(f"let base = {base}; in {image}.sbom").read_text())
    assert "ours" in {component["name"] for component in bill["components"]}
    files = " ".join(f'"/etc/{kind}".contains = "{kind}";' for kind in LAYERS)
    assert nix.build_expression(f"let base = {base}; in {image}.tests.structure {{ files = {{ {files} }}; }}").exists()


def test_an_image_of_a_registry(nix: Nix, skopeo: Skopeo, registry: Registry, tmp_path: Path) -> None:
    reference = f"{registry.host}/compressed/zstd:1"
    options = ("--format", "oci", "--dest-compress-format", "zstd")
    push(skopeo, foreign_archive(tmp_path / "image.tar"), reference, *options)
    done = nixdock("lock", "--tls-verify=false", reference)
    assert b"+zstd" in done.stdout
    lock = tmp_path / "lock.json"
    lock.write_bytes(done.stdout)
    assert nix.build_expression(f"dockerTools.pullImage {{ lock = {lock}; tlsVerify = false; }}").is_file()
