from __future__ import annotations

import os
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.steps.attributes import Attributes, read_attributes

from .conftest import Build

HASH = "0123456789abcdfghijklmnpqrsvwxyz"


def test_nix_2_8_names_a_file_that_is_not_there(build: Build) -> None:
    assert not os.path.exists(os.environ["NIX_ATTRS_JSON_FILE"])
    build.write_attributes({"a": 1})
    assert read_attributes() == Attributes({"a": 1}, str(build.out), {})


def test_newer_nix_names_the_right_file(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build.write_attributes({"a": 1})
    (build.top / ".attrs.json").rename(tmp_path / "named.json")
    monkeypatch.setenv("NIX_ATTRS_JSON_FILE", str(tmp_path / "named.json"))
    build.write_attributes({"a": 2})
    assert read_attributes().spec == {"a": 1}


def test_without_the_variable_the_file_is_at_the_top(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NIX_ATTRS_JSON_FILE")
    build.write_attributes({"a": 1})
    assert read_attributes().spec == {"a": 1}


@pytest.mark.parametrize("variables", [["NIX_ATTRS_JSON_FILE"], ["NIX_ATTRS_JSON_FILE", "NIX_BUILD_TOP"], []])
def test_outside_of_a_derivation(build: Build, monkeypatch: pytest.MonkeyPatch, variables: list[str]) -> None:
    for variable in variables:
        monkeypatch.delenv(variable)
    with pytest.raises(InvalidInput) as caught:
        read_attributes()
    error = "there is no .attrs.json in the build directory: steps run in derivations: see run-step.nix"
    assert str(caught.value) == error


def test_closures_come_under_their_names(build: Build) -> None:
    graph = [{"path": "/nix/store/a", "references": []}]
    build.write_attributes({}, {"closure": graph, "other": []})
    assert read_attributes().graphs == {"closure": graph, "other": []}


def test_the_tools_of_the_step_are_its_whole_path(build: Build) -> None:
    build.tools[:] = ["/one/bin", "/two/bin"]
    build.write_attributes({})
    read_attributes()
    assert os.environ["PATH"] == "/one/bin:/two/bin"


@pytest.mark.parametrize(("given", "tag"), [("1.2", "1.2"), (None, HASH)])
def test_without_a_tag_the_hash_of_the_output_is_it(given: str | None, tag: str) -> None:
    assert Attributes({"tag": given}, f"/nix/store/{HASH}-docker-image-app.tar.gz", {}).tag() == tag
