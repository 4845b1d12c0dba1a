from __future__ import annotations

import os
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.registries.access import Access, BuildAccess


@pytest.fixture(autouse=True)
def build_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("NIX_SSL_CERT_FILE", raising=False)


def access(auth_file: Path | None = None) -> Access:
    text = None if auth_file is None else str(auth_file)
    return BuildAccess(tls_verify=True, auth_file=text, ca_bundle="/store/bundle.crt").within(os.environ)


def bundle(found: Access) -> str:
    assert found.environment is not None
    return found.environment["SSL_CERT_FILE"]


def test_certificates_are_the_package_sets_and_there_is_no_home(tmp_path: Path) -> None:
    found = access()
    assert bundle(found) == "/store/bundle.crt"
    assert found.environment is not None
    assert found.environment["HOME"] == str(tmp_path)


def test_the_administrators_bundle_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.crt").write_text("")
    monkeypatch.setenv("NIX_SSL_CERT_FILE", str(tmp_path / "mine.crt"))
    assert bundle(access()) == str(tmp_path / "mine.crt")


def test_a_bundle_that_the_sandbox_does_not_show_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIX_SSL_CERT_FILE", "/not/in/the/sandbox.crt")
    assert bundle(access()) == "/store/bundle.crt"


def test_an_auth_file_has_to_be_there(tmp_path: Path) -> None:
    file = tmp_path / "auth.json"
    with pytest.raises(InvalidInput) as caught:
        access(file)
    assert str(caught.value) == (
        f"authFile is not in the sandbox in {file}: extra-sandbox-paths = {file} in nix.conf,"
        " and let the group nixbld read it"
    )
    file.write_text("{}")
    assert access(file).auth_file == str(file)
