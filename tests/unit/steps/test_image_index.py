from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.images.index import ImageIndex, read_image
from nixdock_hook.oci.model import Platform
from tests.support.recipes import recipe, recipe_file

from .conftest import Build


@pytest.mark.parametrize("tag", ["1.2", None])
def test_it_holds_the_paths_of_its_recipes(build: Build, tmp_path: Path, tag: str | None) -> None:
    arm = recipe(platform=Platform("arm64", "linux"))
    stored = [str(recipe_file(tmp_path / "one", recipe())), str(recipe_file(tmp_path / "two", arm))]
    out = build.run("image_index", {"name": "team/app", "tag": tag, "recipes": stored})
    assert [path.name for path in out.iterdir()] == ["images.json"]
    assert all(path in (out / "images.json").read_text() for path in stored)  # Nix finds them by scanning
    assert read_image(str(out)) == ImageIndex("team/app", tag, (recipe(), arm))
