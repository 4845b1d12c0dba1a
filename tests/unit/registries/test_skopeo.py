"""How skopeo is asked, and what its answers become."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage, NotFound, ProgramFailed
from nixdock_hook.registries.access import Access
from nixdock_hook.registries.skopeo import copy_image, moved, raw_config, raw_manifest
from tests.support.images import sha256

NAME = "registry.example/app"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The words that a skopeo of ours was given, one run a line; it answers `answer` or fails with `failure`."""
    (tmp_path / "skopeo").write_text(
        f"""#!/bin/sh
echo "$@" >> {tmp_path}/asked
[ ! -e {tmp_path}/failure ] || {{ echo 'time="x" level=fatal msg="'"$(cat {tmp_path}/failure)"'"' >&2; exit 1; }}
cat {tmp_path}/answer
"""
    )
    (tmp_path / "skopeo").chmod(0o755)
    (tmp_path / "answer").write_text("{}")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "asked"


def test_documents_are_asked_for_as_they_are(asked: Path) -> None:
    assert raw_manifest(f"{NAME}:1", Access()) == b"{}"
    assert raw_config(f"{NAME}:1", Access(tls_verify=False, auth_file="/auth.json")) == b"{}"
    assert asked.read_text().splitlines() == [
        f"--insecure-policy inspect --raw --tls-verify=true docker://{NAME}:1",
        f"--insecure-policy inspect --raw --config --tls-verify=false --authfile /auth.json docker://{NAME}:1",
    ]


def test_a_copy_is_of_one_platform(asked: Path) -> None:
    copy_image(NAME, "dir:/x", ("linux", "arm64"), Access(auth_file="/auth.json"), "/tmp/large")
    options = "--override-os linux --override-arch arm64 --tmpdir /tmp/large"
    own = "copy --quiet --src-tls-verify=true --src-authfile /auth.json"
    assert asked.read_text() == f"--insecure-policy {options} {own} docker://{NAME} dir:/x\n"


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ("reading manifest: manifest unknown", NotFound),
        ("Digest did not match, expected a, got b", InvalidImage),
        ("pinging: connection refused", ProgramFailed),
    ],
)
def test_a_refusal_is_an_error_that_says_which(asked: Path, failure: str, kind: type[Exception]) -> None:
    (asked.parent / "failure").write_text(failure)
    with pytest.raises(kind):
        raw_manifest(NAME, Access())


def test_where_a_tag_has_gone(asked: Path) -> None:
    error = moved(NAME, "sha256:old", "1", Access())
    assert str(error).startswith(
        f"the registry has no manifest sha256:old, the tag 1 moved to {sha256(b'{}')} in {NAME}: pin"
    )
    (asked.parent / "failure").write_text("manifest unknown")
    assert "nor the tag 1" in str(moved(NAME, "sha256:old", "1", Access()))
