"""The command `nixdock sbom`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nixdock_hook.cli import run
from nixdock_hook.errors import NixdockError
from tests.support import images
from tests.support.bills import HELLO, cyclonedx_problem, properties, spdx_problems
from tests.support.command import nixdock


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A docker-archive with one store path."""
    return images.docker_archive(tmp_path / "image.tar", [images.layer({HELLO[1:]: b"hello"})])


def test_cyclonedx_to_a_file(archive: Path, tmp_path: Path) -> None:
    run(["sbom", str(archive), "-o", str(tmp_path / "image.cdx.json")])
    document = (tmp_path / "image.cdx.json").read_bytes()
    assert cyclonedx_problem(document) is None
    [found] = json.loads(document)["components"]
    assert properties(found)["nix:source"] == "name"
    assert properties(found)["nix:layer_diff_id"].startswith("sha256:")
    assert json.loads(document)["metadata"]["lifecycles"] == [{"phase": "post-build"}]


def test_spdx_to_stdout(archive: Path) -> None:
    assert spdx_problems(nixdock("sbom", archive, "--format", "spdx").stdout) == []


def test_what_is_no_image_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no image")
    with pytest.raises(NixdockError):
        run(["sbom", str(tmp_path / "x"), "-o", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()
