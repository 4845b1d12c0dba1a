from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput
from nixdock_hook.registries.credentials import Credentials, read_credentials


def auth(user: str, password: str = "pass:word") -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def found(tmp_path: Path, name: str, value: dict[str, Any]) -> Credentials | None:
    file = tmp_path / "auth.json"
    file.write_text(json.dumps(value))
    return read_credentials(str(file), name)


def user(tmp_path: Path, name: str, auths: dict[str, Any]) -> str | None:
    credentials = found(tmp_path, name, {"auths": auths})
    return credentials.user if credentials else None


def test_the_password_may_have_colons(tmp_path: Path) -> None:
    value = {"auths": {"registry.example": auth("me")}}
    assert found(tmp_path, "registry.example/app", value) == Credentials("me", "pass:word")


def test_basic_is_what_rfc_7617_gives_as_its_example() -> None:
    assert Credentials("Aladdin", "open sesame").basic() == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def test_the_most_specific_entry_wins(tmp_path: Path) -> None:
    auths = {"r.example:5000": auth("host"), "r.example:5000/team": auth("team"), "r.example:5000/x/y": auth("y")}
    assert user(tmp_path, "r.example:5000/team/app", auths) == "team"
    assert user(tmp_path, "r.example:5000/x/y", auths) == "y"
    assert user(tmp_path, "r.example:5000/x/z", auths) == "host"
    assert user(tmp_path, "r.example/team/app", auths) is None


@pytest.mark.parametrize("key", ["https://r.example", "https://r.example/v1/", "http://r.example/v2/", "r.example/"])
def test_keys_as_docker_writes_them(tmp_path: Path, key: str) -> None:
    assert user(tmp_path, "r.example/app", {key: auth("me")}) == "me"


def test_an_entry_without_credentials_is_none(tmp_path: Path) -> None:
    assert user(tmp_path, "r.example/app", {"r.example": {}}) is None


def test_identity_tokens(tmp_path: Path) -> None:
    value = {"auths": {"r.example": {"identitytoken": "token"}}}
    assert found(tmp_path, "r.example/app", value) == Credentials("", "", "token")


@pytest.mark.parametrize("value", [{"credsStore": "desktop"}, {"credHelpers": {"r.example": "cloud"}}])
def test_a_helper_program_cannot_be_asked(tmp_path: Path, value: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="are with a helper program, .*: write them to a file: skopeo login"):
        found(tmp_path, "r.example/app", {"auths": {"r.example": {}}, **value})


def test_a_helper_of_another_registry_is_none_of_our_business(tmp_path: Path) -> None:
    assert found(tmp_path, "r.example/app", {"credHelpers": {"other.example": "cloud"}}) is None


def test_errors_do_not_quote_a_secret(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        user(tmp_path, "r.example/app", {"r.example": {"auth": "not base 64"}})
    assert "not base 64" not in str(caught.value)


def test_a_file_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text("user:password")
    with pytest.raises(InvalidImage) as caught:
        read_credentials(str(tmp_path / "auth.json"), "r.example/app")
    assert "password" not in str(caught.value)
