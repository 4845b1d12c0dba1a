from __future__ import annotations

import json
import os
from importlib import import_module
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.steps import oci_layout
from nixdock_hook.steps.attributes import Attributes, read_attributes, read_spec, tag_of
from nixdock_hook.store.closure import PathInfo
from tests.support.tools import ROOT

from .conftest import Build

STEPS = sorted({path.stem for path in (ROOT / "nixdock_hook/steps").glob("*.py")} - {"__init__", "attributes"})
HASH = "0123456789abcdfghijklmnpqrsvwxyz"


def test_nix_2_8_names_a_file_that_is_not_there(build: Build) -> None:
    assert not os.path.exists(os.environ["NIX_ATTRS_JSON_FILE"])
    build.write_attributes({"a": 1})
    assert read_attributes() == Attributes({"a": 1}, str(build.out), {}, "/usr/bin:/bin")


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
    graph = [{"path": "/nix/store/a", "references": [], "narHash": "sha256:0", "narSize": 1}]
    build.write_attributes({}, {"closure": graph, "other": []})
    assert read_attributes().graphs == {"closure": [PathInfo("/nix/store/a", (), "sha256:0", 1)], "other": []}


def test_to_read_attributes_changes_nothing(build: Build) -> None:
    build.tools[:] = ["/one/bin", "/two/bin"]
    build.write_attributes({})
    before = dict(os.environ)
    assert read_attributes().path == "/one/bin:/two/bin"
    assert dict(os.environ) == before


def test_attributes_of_another_form(build: Build) -> None:
    value = {"spec": {}, "path": "/bin", "outputs": {}, "exportReferencesGraph": {"closure": []}, "closure": {}}
    (build.top / ".attrs.json").write_text(json.dumps(value))
    with pytest.raises(InvalidInput) as caught:
        read_attributes()
    problems = "outputs.out is missing; closure is not a list; path is not a list"
    place = build.top / ".attrs.json"
    assert str(caught.value) == f"{problems} in {place}: report it with the version of Nix"


@pytest.mark.parametrize(("given", "tag"), [("1.2", "1.2"), (None, HASH)])
def test_without_a_tag_the_hash_of_the_output_is_it(given: str | None, tag: str) -> None:
    assert tag_of(given, f"/nix/store/{HASH}-docker-image-app.tar.gz") == tag


@pytest.mark.parametrize("name", STEPS)
def test_a_spec_of_another_version(name: str) -> None:
    kind = import_module(f"nixdock_hook.steps.{name}").Spec
    with pytest.raises(InvalidInput) as caught:
        read_spec(kind, name.replace("_", "-"), {})
    assert " is missing" in caught.value.what
    assert (caught.value.where, caught.value.remedy) == (
        f"the spec of the step {name.replace('_', '-')}",
        "take the Nix files and nixdock_hook of one version of nixdock",
    )


def test_all_that_is_wrong_with_a_spec_is_said_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_spec(oci_layout.Spec, "oci-layout", {"recipe": 1, "compresion": "gzip"})
    assert str(caught.value).startswith(
        "recipe is not a string; tag is missing; compression is missing; compresion is unknown in the spec of"
    )
