"""An image that is being made; whole images are in the tests of the steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.documents.fields import ExactFields
from nixdock_hook.errors import InvalidInput
from nixdock_hook.images.new_image import ImageSpec, NewImage
from nixdock_hook.images.recipe import read_recipe
from nixdock_hook.oci.model import Platform
from nixdock_hook.store.closure import PathInfo
from tests.support.recipes import recipe, recipe_file, store_layer, tree
from tests.support.specs import image_spec


def spec(**changes: Any) -> ImageSpec:
    fields = ExactFields(image_spec(**changes))
    found = ImageSpec.take(fields)
    fields.check("here")
    return found


def infos(*paths: Path) -> list[PathInfo]:
    return [PathInfo(str(path), (), "sha256:0", 1) for path in paths]


def test_what_the_spec_says_is_converted() -> None:
    found = spec(created="@5", mtime="@7", tag=None, programs=["/x"], architecture="arm64")
    assert (found.created, found.mtime, found.tag, found.programs) == ("1970-01-01T00:00:05Z", 7, None, ("/x",))
    assert found.platform == Platform("arm64", "linux")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"inheritConfig": "some"}, "'some' in inheritConfig"),
        ({"owner": None}, "owner = null: it has uid, gid, uname and gname"),
        ({"owner": {"uid": "x", "gid": 0}}, "uid = 'x': it is a number"),
        ({"created": "soon"}, "'soon' is no point in time in created"),
        ({"perms": [{"mode": "0"}]}, "not a perm"),
    ],
)
def test_what_a_user_gave_wrong_is_said_in_the_users_words(change: dict[str, Any], error: str) -> None:
    with pytest.raises(InvalidInput, match=error):
        spec(**change)


def test_store_paths_of_a_base_are_not_missing(tmp_path: Path) -> None:
    old, new = (tree(tmp_path / name, {"file": name}) for name in ("old", "new"))
    base = recipe_file(tmp_path / "base", recipe(store_layer(old)))
    image = NewImage(spec(base=str(base)), infos(old, new))
    assert image.missing_paths() == (str(new),)
    assert len(image.below) == 1
    assert set(image.closure) == {str(old), str(new)}


def test_perms_go_to_the_layers_that_they_can_say_something_of(tmp_path: Path) -> None:
    one, two = (tree(tmp_path / name, {"file": name}) for name in ("one", "two"))
    perm = {"path": f"{one}/file", "mode": "0600"}
    image = NewImage(spec(perms=[perm]), infos(one, two))
    assert [len(image.store_layer([str(path)]).perms) for path in (one, two)] == [1, 0]
    assert len(image.root_layer().perms) == 1


def test_perms_of_what_no_new_layer_has_are_warned_of(tmp_path: Path) -> None:
    one, two = (tree(tmp_path / f"{letter * 32}-{letter}", {"file": letter}) for letter in "bc")
    perms = [{"path": str(path), "mode": "0600"} for path in (one, one / "file", tmp_path, two)]
    image = NewImage(spec(perms=perms), infos(one))
    warned: list[object] = []
    image.write([image.root_layer([str(one)])], str(tmp_path / "out"), warned.append)
    [warning] = warned
    assert str(warning).startswith(f"perms do nothing: no new layer has files of {two}: a script")


def test_warnings_are_told_and_the_recipe_is_written(tmp_path: Path) -> None:
    image, said = NewImage(spec(name="empty"), []), list[str]()
    image.write([image.root_layer()], str(tmp_path / "out"), lambda what: said.append(str(what)))
    assert read_recipe(str(tmp_path / "out")).name == "empty"
    assert [text.partition(",")[0] for text in said] == ["empty holds no file"]
