from __future__ import annotations

import gzip
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput, StoreChanged
from tests.support import images
from tests.support.recipes import recipe, recipe_file, tar_layer
from tests.support.tools import need

from .conftest import Build

LAYER = images.layer({"file": b"content"})


def made(build: Build, tmp_path: Path, tag: str | None, compressor: str) -> bytes:
    stored = recipe_file(
        tmp_path / "recipe", recipe(tar_layer(tmp_path / "layer.tar", LAYER), name="team/app", tag=None)
    )
    return build.run(
        "archive", {"recipe": str(stored), "tag": tag, "compressor": compressor, "layerCompression": "none"}
    ).read_bytes()


def repo_tags(archive: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        return list(json.load(manifest)[0]["RepoTags"])


@pytest.mark.parametrize(
    ("tag", "reference"), [("1.2", "team/app:1.2"), (None, "team/app:0123456789abcdfghijklmnpqrsvwxyz")]
)
def test_the_image_is_in_the_archive_under_its_name(
    build: Build, tmp_path: Path, tag: str | None, reference: str
) -> None:
    archive = made(build, tmp_path, tag, "none")
    assert repo_tags(archive) == [reference]
    assert images.layers_of(build.out) == [LAYER]


def test_compressed_with_gzip(build: Build, tmp_path: Path) -> None:
    assert repo_tags(gzip.decompress(made(build, tmp_path, "1", "gzip"))) == ["team/app:1"]


def test_compressed_with_zstd(build: Build, tmp_path: Path) -> None:
    command = [need("zstd"), "-dc"]
    archive = made(build, tmp_path, "1", "zstd")
    plain = subprocess.run(command, input=archive, capture_output=True, check=True).stdout
    assert repo_tags(plain) == ["team/app:1"]


def test_another_compressor(build: Build, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="^'xz' in compressor: use one of none, gzip, zstd$"):
        made(build, tmp_path, "1", "xz")
    assert not build.out.exists()


def test_a_layer_that_changed_since_gives_no_output(build: Build, tmp_path: Path) -> None:
    stored = recipe_file(tmp_path / "recipe", recipe(tar_layer(tmp_path / "layer.tar", LAYER)))
    (tmp_path / "layer.tar").write_bytes(LAYER + b"more")
    with pytest.raises(StoreChanged, match="^the layer is now "):
        build.run("archive", {"recipe": str(stored), "tag": None, "compressor": "gzip", "layerCompression": "none"})
    assert not list(tmp_path.glob(f"{build.out.name}*"))


@pytest.mark.parametrize(("compression", "says"), [("none", False), ("gzip", True)])
def test_a_health_check_is_noted_where_podman_reads_an_oci_layout(
    build: Build, tmp_path: Path, capfd: pytest.CaptureFixture[str], compression: str, says: bool
) -> None:
    image = recipe(tar_layer(tmp_path / "layer.tar", LAYER), config={"Healthcheck": {"Test": ["NONE"]}})
    stored = recipe_file(tmp_path / "recipe", image)
    spec = {"recipe": str(stored), "tag": "1", "compressor": "none", "layerCompression": compression}
    build.run("archive", spec)
    assert capfd.readouterr().err.startswith("nixdock: warning: the Healthcheck is docker's own") == says
