"""Lock files, made and made again."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from nixdock_hook.cli import lock as command
from nixdock_hook.errors import InvalidInput
from nixdock_hook.oci.model import Platform
from nixdock_hook.oci.reference import Reference
from nixdock_hook.registries.access import Access
from nixdock_hook.registries.lock import Lock

OLD = Lock("registry.example/app:1", Platform("arm64", "linux", "v8"), None, '{"old": 1}')


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str, Access]]:
    """What is asked of registries; they have a new manifest."""
    questions: list[tuple[str, str, str, Access]] = []

    def resolve(reference: Reference, system: str, architecture: str, access: Access) -> Lock:
        questions.append((str(reference), system, architecture, access))
        return replace(OLD, reference=str(reference), manifest='{"new": 1}')

    monkeypatch.setattr(command, "resolve", resolve)
    return questions


def run(*words: str) -> None:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    command.run(parser.parse_args(words))


def test_a_lock_file_goes_to_stdout(
    asked: list[tuple[str, str, str, Access]], capsys: pytest.CaptureFixture[str]
) -> None:
    run("registry.example/app:1", "--arch", "arm64", "--tls-verify", "false")
    assert asked == [("registry.example/app:1", "linux", "arm64", Access(tls_verify=False, environment=os.environ))]
    assert json.loads(capsys.readouterr().out)["manifest"] == '{"new": 1}'


def test_an_update_keeps_reference_and_platform(
    asked: list[tuple[str, str, str, Access]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "app.lock.json"
    file.write_text(OLD.to_text())
    run("--update", str(file))
    assert asked == [(OLD.reference, "linux", "arm64", Access(environment=os.environ))]
    new = Lock.from_json(json.loads(file.read_text()), file)
    assert new.manifest == '{"new": 1}'
    assert f"was {OLD.digest}, is now {new.digest}" in capsys.readouterr().err
    run("--update", str(file))
    assert capsys.readouterr().err.endswith("app:1 is unchanged\n")


def test_no_image_is_named(asked: list[tuple[str, str, str, Access]]) -> None:
    with pytest.raises(InvalidInput, match="^no image is named in the command line"):
        run()
    assert asked == []
