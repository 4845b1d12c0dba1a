"""An image as a pipe."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from tests.support.command import error_of, nixdock
from tests.support.images import layer
from tests.support.recipes import recipe, recipe_file, tar_layer


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return recipe_file(tmp_path / "recipe", recipe(tar_layer(tmp_path / "layer.tar", layer({"a": b"a"}))))


@pytest.mark.parametrize(
    ("options", "name"), [((), "app:1"), (("--repo-tag", "Team/Other"), "team/other:latest"), (("--tag", "2"), "app:2")]
)
def test_it_is_a_docker_archive(image: Path, options: tuple[str, ...], name: str) -> None:
    done = nixdock("stream", image, *options)
    assert (done.returncode, done.stderr) == (0, b"")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
        file = tar.extractfile("manifest.json")
        assert file and json.load(file)[0]["RepoTags"] == [name]


def test_what_is_no_recipe(tmp_path: Path) -> None:
    assert error_of("stream", tmp_path / "none").startswith("there is no recipe in ")


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_what_podman_does_not_take_from_an_oci_image(tmp_path: Path, compression: str) -> None:
    image = recipe(tar_layer(tmp_path / "layer.tar", layer({"a": b"a"})), config={"Healthcheck": {"Test": ["NONE"]}})
    done = nixdock("stream", recipe_file(tmp_path / "recipe", image), "--layer-compression", compression)
    says = done.stderr.startswith(b"nixdock: warning: the Healthcheck is docker's own: ")
    assert (done.returncode, says) == (0, compression != "none")
