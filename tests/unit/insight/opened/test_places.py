"""What a word for an image stands for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.images.index import write_index
from nixdock_hook.insight.opened.places import local_path, recipe_at
from nixdock_hook.oci.model import Platform
from tests.support.images import docker_archive, layer
from tests.support.recipes import recipe, recipe_file


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return recipe_file(tmp_path / "recipe", recipe(tag=None))


def program(path: Path, words: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\nexec {words}\n")
    return path


def test_a_path_may_have_skopeos_word_in_front(tmp_path: Path) -> None:
    for word in (f"{tmp_path}", f"dir:{tmp_path}", f"oci:{tmp_path}"):
        assert local_path(word) == str(tmp_path)


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("nowhere")
    for name, what in (("none", "there is no such file"), ("link", "a link to nothing"), ("fifo", "this is a pipe")):
        with pytest.raises(InvalidInput, match=what):
            local_path(str(tmp_path / name))


def test_a_recipe_its_directory_and_programs_that_name_it(stored: Path, tmp_path: Path) -> None:
    stream = program(tmp_path / "stream", f'python3 hook stream {stored} --tag 0abc "$@"')
    package = program(tmp_path / "bin/copy", f'python3 hook copy {stored} "$@"').parent.parent
    found = [recipe_at(str(path), "amd64") for path in (stored, stored / "image.json", stream, package)]
    assert [one and (one.name, one.tag) for one in found] == [
        ("app", None),
        ("app", None),
        ("app", "0abc"),
        ("app", None),
    ]


@pytest.mark.parametrize("before", ["", "\n "])
def test_a_recipe_under_another_name(stored: Path, tmp_path: Path, before: str) -> None:
    (tmp_path / "mine").write_text(before + (stored / "image.json").read_text())
    assert recipe_at(str(tmp_path / "mine"), "amd64") == recipe_at(str(stored), "amd64")
    (tmp_path / "other").write_text(before + '{ "recipes": 1}')
    with pytest.raises(InvalidInput, match="not a recipe"):
        recipe_at(str(tmp_path / "other"), "amd64")


def test_of_an_index_the_one_for_an_architecture(tmp_path: Path) -> None:
    platforms = [Platform("amd64", "linux"), Platform("arm64", "linux", "v8")]
    recipes = [recipe_file(tmp_path / one.architecture, recipe(platform=one)) for one in platforms]
    write_index("all", "2", [str(path) for path in recipes], str(tmp_path / "index"))
    found = recipe_at(str(tmp_path / "index"), "arm64")
    assert found and (found.name, found.tag, found.platform) == ("all", "2", platforms[1])
    with pytest.raises(InvalidInput, match="there is no image for linux/s390x .*: it has linux/amd64, linux/arm64"):
        recipe_at(str(tmp_path / "index"), "s390x")


@pytest.mark.parametrize("text", ["no program", "#!/bin/sh\nexec echo 'open", "#!/bin/sh\nexit 0\n"])
def test_what_is_no_result_of_ours(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    assert recipe_at(str(tmp_path / "file"), "amd64") is None
    assert recipe_at(str(docker_archive(tmp_path / "image.tar", [layer({"a": b""})])), "amd64") is None
