"""What `--attach` of the commands means."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.cli.terminal.attaching import add_attach_arguments, attachments
from nixdock_hook.errors import InvalidInput
from nixdock_hook.images.index import FILE
from nixdock_hook.oci.artifact import CYCLONEDX, SPDX
from nixdock_hook.store import place
from tests.support.bills import HELLO, cyclonedx_problem, spdx_problems
from tests.support.images import layer
from tests.support.recipes import recipe, recipe_file, tar_layer


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recipe of one layer, with one store path."""
    monkeypatch.setattr(place, "ROOTS", (str(tmp_path),), raising=False)
    made = tar_layer(tmp_path / "layer", layer({HELLO[1:]: b"hello"}))
    return recipe_file(tmp_path / "recipe", recipe(made))


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_attach_arguments(parser)
    return parser.parse_args(words)


def documents(stored: Path, *words: str) -> dict[str, Any]:
    return {one.media_type: one for one in attachments(options(*words), str(stored))}


def test_a_bill_is_made_where_none_is_known(stored: Path) -> None:
    found = documents(stored, "--attach", "sbom", "--attach", "sbom")
    assert list(found) == [CYCLONEDX, SPDX]
    assert cyclonedx_problem(found[CYCLONEDX].data) is None
    assert spdx_problems(found[SPDX].data) == []


def test_a_file(stored: Path, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"bomFormat": "CycloneDX"}')
    assert list(documents(stored, "--attach", str(tmp_path / "x.json"))) == [CYCLONEDX]


def test_what_is_known_is_built(stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = tmp_path / "built.json"
    built.write_text('{"spdxVersion": "SPDX-2.3"}')
    program = tmp_path / "nix-build"
    program.write_text(f"#!/bin/sh\n[ $# = 3 ] && echo {built} && echo {built}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    known = ("--document", "sbom=/nix/store/x.drv", "--document", "sbom=/nix/store/y.drv", "--document", "other=z")
    assert list(documents(stored, "--attach", "sbom", *known)) == [SPDX]


def test_a_recipe_does_not_say_how_it_was_made(stored: Path) -> None:
    with pytest.raises(InvalidInput, match="nix-build -A IMAGE.provenance"):
        documents(stored, "--attach", "provenance")


def test_what_cannot_be_built(stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InvalidInput, match="there is no program 'nix-build'.*nix-build -A IMAGE.sbom"):
        documents(stored, "--attach", "sbom", "--document", "sbom=/nix/store/x.drv")


def test_an_index_has_no_bill_of_its_own(stored: Path, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps({"index": 1, "name": "app", "tag": "1", "recipes": [str(stored)]}))
    with pytest.raises(InvalidInput, match="several platforms"):
        documents(tmp_path, "--attach", "sbom")
