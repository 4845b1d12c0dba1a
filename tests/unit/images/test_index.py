from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.images.index import ImageIndex, read_image, recipes_of, single_image, write_index
from nixdock_hook.oci.model import Platform
from tests.support.recipes import recipe, recipe_file

AMD64, ARM = Platform("amd64", "linux"), Platform("arm", "linux", "v7")


@pytest.fixture
def recipes(tmp_path: Path) -> list[str]:
    platforms = {"amd64": AMD64, "arm": ARM}
    return [str(recipe_file(tmp_path / name, recipe(platform=platform))) for name, platform in platforms.items()]


@pytest.mark.parametrize("tag", ["1", None])
@pytest.mark.parametrize("file", ["", "images.json"])
def test_what_was_written_is_read(tmp_path: Path, recipes: list[str], tag: str | None, file: str) -> None:
    write_index("app", tag, recipes, str(tmp_path / "index"))
    index = read_image(str(tmp_path / "index" / file))
    assert index == ImageIndex("app", tag, (recipe(platform=AMD64), recipe(platform=ARM)))
    assert [image.platform for image in recipes_of(index)] == [AMD64, ARM]


def test_a_recipe_is_an_image_too(recipes: list[str]) -> None:
    image = read_image(recipes[0])
    assert image == recipe() and recipes_of(image) == (image,)
    assert single_image(image, "a docker-archive", "here") is image


def test_two_images_for_one_platform(tmp_path: Path, recipes: list[str]) -> None:
    other = str(recipe_file(tmp_path / "other", recipe(platform=ARM, name="other")))
    with pytest.raises(InvalidInput) as caught:
        write_index("app", "1", [*recipes, other], str(tmp_path / "index"))
    assert caught.value.what == f"two images are for linux/arm/v7: {recipes[1]} and {other}"
    assert not (tmp_path / "index").exists()


def test_another_variant_is_another_platform(tmp_path: Path, recipes: list[str]) -> None:
    other = str(recipe_file(tmp_path / "other", recipe(platform=Platform("arm", "linux", "v6"))))
    write_index("app", "1", [*recipes, other], str(tmp_path / "index"))
    assert len(recipes_of(read_image(str(tmp_path / "index")))) == 3


def test_no_image_at_all(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="^an index of no image in `images`: "):
        write_index("app", "1", [], str(tmp_path / "index"))


def test_an_index_in_an_index(tmp_path: Path, recipes: list[str]) -> None:
    write_index("app", "1", recipes, str(tmp_path / "index"))
    with pytest.raises(InvalidInput, match="^there is no recipe in .*/index/image.json: "):
        write_index("app", "1", [str(tmp_path / "index")], str(tmp_path / "outer"))


def test_what_takes_one_image_alone() -> None:
    index = ImageIndex("app", "1", (recipe(), recipe(platform=ARM)))
    with pytest.raises(InvalidInput, match="^a docker-archive cannot hold an index of 2 platforms in here: give it"):
        single_image(index, "a docker-archive", "here")


@pytest.mark.parametrize(
    ("value", "kind", "what"),
    [
        ({"index": 2, "name": "app", "recipes": []}, InvalidInput, "index version 2"),
        ({"index": 1, "recipes": [5]}, InvalidImage, "name is missing; recipes holds something that is not a string"),
        ([], InvalidImage, "the document is not an object"),
        ("{", InvalidInput, "not an index (this is no valid JSON (Expecting property name"),
    ],
)
def test_what_is_no_index(tmp_path: Path, value: Any, kind: type[Exception], what: str) -> None:
    (tmp_path / "images.json").write_text(value if isinstance(value, str) else json.dumps(value))
    with pytest.raises(kind) as caught:
        read_image(str(tmp_path))
    assert str(caught.value).startswith(what) and f" in {tmp_path}/images.json: " in str(caught.value)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="^there is no recipe in "):
        read_image(str(tmp_path / "missing"))


def test_a_recipe_outside_the_store_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "images.json").write_text(json.dumps({"index": 1, "name": "app", "recipes": ["/dev/zero"]}))
    with pytest.raises(InvalidInput, match="^'/dev/zero' is not in the store in .*/images.json: build it again$"):
        read_image(str(tmp_path))
