"""The step check-image, as far as it needs no namespaces; tests/nix has commands, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from tests.support.images import layer
from tests.support.recipes import recipe, recipe_file, tar_layer
from tests.support.tools import need

from .conftest import Build

ANYTHING = dict.fromkeys(("type", "mode", "uid", "gid", "target", "contains"))


@pytest.fixture
def image(tmp_path: Path) -> Path:
    tar = layer({"etc/": None, "etc/file": b"text", "etc/link": "file"}, mode=0o750, uid=3)
    config = {"User": "1000", "StopSignal": "SIGTERM"}
    return recipe_file(tmp_path / "image", recipe(tar_layer(tmp_path / "layer.tar", tar), config=config))


def run(build: Build, image: Path, files: list[dict[str, Any]], hardened: bool = False) -> Path:
    expected = [{"exists": True, **ANYTHING, **file} for file in files]
    shell = need("bash")
    spec = {"recipe": str(image), "hardened": hardened, "files": expected, "commands": [], "shell": shell}
    return build.run("check_image", spec)


def test_an_image_as_expected_gives_an_empty_file(build: Build, image: Path) -> None:
    files: list[dict[str, Any]] = [
        {"path": "/etc/file", "type": "file", "mode": "0750", "uid": 3, "gid": 0, "contains": "tex"},
        {"path": "/etc/link", "target": "file"},
        {"path": "/etc/none", "exists": False},
    ]
    assert run(build, image, files, hardened=True).read_bytes() == b""


def test_all_problems_are_said_at_once(build: Build, image: Path) -> None:
    with pytest.raises(InvalidInput) as raised:
        run(build, image, [{"path": "/etc/file", "mode": "0644", "uid": 4}, {"path": "/x"}])
    assert str(raised.value) == (
        "/etc/file has mode 0750, not 0644; /etc/file has uid 3, not 4; /x is missing in the image app: "
        "correct the image, or the test"
    )
    assert not build.out.exists()


def test_of_many_problems_the_first_are_said(build: Build, image: Path) -> None:
    with pytest.raises(InvalidInput, match=r"/p19 is missing; and 3 more in the image app"):
        run(build, image, [{"path": f"/p{number}"} for number in range(23)])


def test_a_mode_that_is_none(build: Build, image: Path) -> None:
    with pytest.raises(InvalidInput, match=r"""the mode 'rwx' in files."/etc/file".mode"""):
        run(build, image, [{"path": "/etc/file", "mode": "rwx"}])
