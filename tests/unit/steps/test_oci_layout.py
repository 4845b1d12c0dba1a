"""The step `oci-layout`; what a layout is made of is in tests/unit/sinks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nixdock_hook.bases.base import open_base
from tests.support.images import layer
from tests.support.recipes import recipe, recipe_file, tar_layer

from .conftest import Build

HASH = "0123456789abcdfghijklmnpqrsvwxyz"


@pytest.mark.parametrize(("tag", "name"), [("2", "app:2"), (None, f"app:{HASH}")])
@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_an_image_under_its_name(build: Build, tmp_path: Path, tag: str | None, name: str, compression: str) -> None:
    one = tar_layer(tmp_path / "layer.tar", layer({"a": b"a"}))
    source = recipe_file(tmp_path / "recipe", recipe(one))
    out = build.run("oci_layout", {"recipe": str(source), "tag": tag, "compression": compression})
    [entry] = json.loads((out / "index.json").read_text())["manifests"]
    assert entry["annotations"]["io.containerd.image.name"] == f"docker.io/library/{name}"
    with open_base(str(out)) as base:
        [image] = base.reader.images("amd64")
    assert image.config.diff_ids == (one.diff_id,)
    manifest = json.loads((out / "blobs/sha256" / entry["digest"].removeprefix("sha256:")).read_text())
    assert [found["mediaType"].rpartition("+")[2] for found in manifest["layers"]] == [compression]


@pytest.mark.parametrize(("config", "said"), [({}, ""), ({"Healthcheck": {"Test": ["NONE"]}}, "the Healthcheck is")])
def test_a_health_check_that_not_everybody_reads_is_noted(
    build: Build, tmp_path: Path, capfd: pytest.CaptureFixture[str], config: dict[str, object], said: str
) -> None:
    image = recipe(tar_layer(tmp_path / "layer.tar", layer({"a": b"a"})), config=config)
    source = recipe_file(tmp_path / "recipe", image)
    build.run("oci_layout", {"recipe": str(source), "tag": "1", "compression": "none"})
    err = capfd.readouterr().err
    assert err.startswith(f"nixdock: warning: {said}") if said else not err
