from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook import process
from nixdock_hook.errors import InvalidImage, InvalidInput, ProgramFailed
from nixdock_hook.registries import credentials
from nixdock_hook.registries.credentials import Credentials, find_credentials, read_credentials
from tests.support.tools import need


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


HELPER = """#!{sh}
read host || :
[ "$1" = get ] || exit 2
case $host in
    r.example|*index.docker.io/v1/) echo '{{"Username": "{user}", "Secret": "from '"$host"'"}}' ;;
    broken.example) echo "no secret to be shown"; exit 1 ;;
    *) echo "credentials not found in native keychain"; exit 1 ;;
esac
"""


def helper(tmp_path: Path, user: str = "me") -> dict[str, str]:
    """A credential helper called docker-credential-test; returns the environment that has it."""
    program = tmp_path / "bin/docker-credential-test"
    program.parent.mkdir(exist_ok=True)
    program.write_text(HELPER.format(sh=need("sh"), user=user))
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:{os.environ['PATH']}"}


@pytest.mark.parametrize("name", ["r.example/app", "docker.io/library/app"])
@pytest.mark.parametrize("how", ["credHelpers", "credsStore"])
def test_a_helper_is_asked(tmp_path: Path, name: str, how: str) -> None:
    host = name.partition("/")[0]
    key = "https://{}/v1/".format("index.docker.io") if host == "docker.io" else host
    value: dict[str, Any] = {"credsStore": "test"} if how == "credsStore" else {"credHelpers": {key: "test"}}
    (tmp_path / "auth.json").write_text(json.dumps(value))
    found = read_credentials(str(tmp_path / "auth.json"), name, helper(tmp_path))
    assert found == Credentials("me", f"from {key}")


def test_a_helper_goes_before_an_entry_and_a_store_after_it(tmp_path: Path) -> None:
    file, environment = tmp_path / "auth.json", helper(tmp_path)
    auths = {"auths": {"r.example": auth("entry", "here")}}
    file.write_text(json.dumps(auths | {"credHelpers": {"r.example": "test"}}))
    assert read_credentials(str(file), "r.example/app", environment) == Credentials("me", "from r.example")
    file.write_text(json.dumps(auths | {"credsStore": "test"}))
    assert read_credentials(str(file), "r.example/app", environment) == Credentials("entry", "here")


def test_a_helper_with_an_identity_token(tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text(json.dumps({"credsStore": "test"}))
    found = read_credentials(str(tmp_path / "auth.json"), "r.example/app", helper(tmp_path, "<token>"))
    assert found == Credentials("<token>", "from r.example", "from r.example")


def test_a_helper_that_knows_nothing_or_fails(tmp_path: Path) -> None:
    file, environment = tmp_path / "auth.json", helper(tmp_path)
    file.write_text(json.dumps({"credsStore": "test"}))
    assert read_credentials(str(file), "unknown.example/app", environment) is None
    with pytest.raises(ProgramFailed, match="docker-credential-test failed with exit status 1") as caught:
        read_credentials(str(file), "broken.example/app", environment)
    assert "secret" not in str(caught.value)
    file.write_text(json.dumps({"credsStore": "../../bin/sh"}))
    with pytest.raises(InvalidInput, match="no name of a credential helper"):
        read_credentials(str(file), "r.example/app", environment)
    file.write_text(json.dumps({"credsStore": "nixdock-has-none"}))
    with pytest.raises(ProgramFailed, match="there is no program 'docker-credential-nixdock-has-none'"):
        read_credentials(str(file), "r.example/app", environment)


def test_the_places_are_read_in_their_order(tmp_path: Path) -> None:
    environment = {
        "HOME": f"{tmp_path}/home",
        "XDG_RUNTIME_DIR": f"{tmp_path}/run",
        "XDG_CONFIG_HOME": f"{tmp_path}/config",
        "DOCKER_CONFIG": f"{tmp_path}/docker",
    }
    places = ["run/containers/auth.json", "config/containers/auth.json", "docker/config.json"]
    assert find_credentials("r.example/app", None, environment) is None
    for place in reversed(places):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_text(json.dumps({"auths": {"r.example": auth(place)}}))
        found = find_credentials("r.example/app", None, environment)
        assert found and found.user == place
    assert find_credentials("other.example/app", None, environment) is None
    given = tmp_path / "given.json"
    given.write_text(json.dumps({"auths": {"r.example": auth("given")}}))
    by_option = find_credentials("r.example/app", str(given), environment)
    by_variable = find_credentials("r.example/app", None, environment | {"REGISTRY_AUTH_FILE": str(given)})
    assert by_option and by_variable and by_option.user == by_variable.user == "given"
    given.write_text("{}")
    assert find_credentials("r.example/app", str(given), environment) is None  # no other file is looked at


def test_places_below_home(tmp_path: Path) -> None:
    for place in (".docker/config.json", ".config/containers/auth.json"):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_text(json.dumps({"auths": {"r.example": auth(place)}}))
        found = find_credentials("r.example/app", None, {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)})
        assert found and found.user == place


@pytest.mark.parametrize("script", ["exec sleep 100", "exec yes nonsense", "trap '' TERM; while :; do sleep 1; done"])
def test_a_helper_without_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(credentials, "_HELPER_TIME", 0.3)
    monkeypatch.setattr(process, "_LAST_CHANCE", 0.3)
    file, environment = tmp_path / "auth.json", helper(tmp_path)
    file.write_text(json.dumps({"credsStore": "test"}))
    (tmp_path / "bin/docker-credential-test").write_text(f"#!{need('sh')}\n{script}\n")
    with pytest.raises(ProgramFailed, match="docker-credential-test gave no answer in 0 s"):
        read_credentials(str(file), "r.example/app", environment)


def test_a_helper_that_asks_for_nothing(tmp_path: Path) -> None:
    """It need not read which registry it is about."""
    file, environment = tmp_path / "auth.json", helper(tmp_path)
    file.write_text(json.dumps({"credsStore": "test"}))
    answer = json.dumps({"Username": "me", "Secret": "x"})
    (tmp_path / "bin/docker-credential-test").write_text(f"#!{need('sh')}\nexec <&-\necho '{answer}'\n")
    assert read_credentials(str(file), "r.example/app", environment) == Credentials("me", "x")


@pytest.mark.parametrize("name", ["docker.io/a/b", "index.docker.io/a/b", "registry-1.docker.io/a/b"])
@pytest.mark.parametrize(
    "key", ["https://{}/v1/".format("index.docker.io"), "docker.io", "index.docker.io", "registry-1.docker.io"]
)
def test_the_hub_has_several_names(tmp_path: Path, name: str, key: str) -> None:
    assert user(tmp_path, name, {key.format("index.docker.io"): auth("me")}) == "me"


@pytest.mark.parametrize(
    "value",
    [[], {"auths": []}, {"auths": {"r.example": 5}}, {"auths": {"r.example": {"auth": "!"}}}, {"credHelpers": 1}],
)
def test_an_error_names_the_file_and_each_problem_once(tmp_path: Path, value: Any) -> None:
    with pytest.raises((InvalidInput, InvalidImage)) as caught:
        found(tmp_path, "r.example/team/app", value)
    assert caught.value.where == str(tmp_path / "auth.json")
    assert ";" not in caught.value.what


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    what = "a file of credentials that cannot be read"
    for path, says in ((tmp_path / "none", what), (tmp_path, "this is a directory"), ("/dev/null", "this is a device")):
        with pytest.raises(InvalidInput, match=f"^{says}") as caught:
            find_credentials("r.example/app", None, {"REGISTRY_AUTH_FILE": str(path)})
        assert caught.value.where == str(path)
