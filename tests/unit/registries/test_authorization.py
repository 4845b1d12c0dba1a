"""Registries that want to know who asks."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from nixdock_hook.errors import ProgramFailed
from nixdock_hook.registries import authorization
from nixdock_hook.registries.access import Access
from nixdock_hook.registries.authorization import challenge_of
from nixdock_hook.registries.content import InMemory
from nixdock_hook.registries.upload import Repository
from tests.support.images import sha256
from tests.support.moody_registry import BASIC, IDENTITY, PASSWORD, USER, Moody, moody_registry, opened

LOGIN = f"{USER}:{PASSWORD}"


@pytest.fixture
def moody() -> Iterator[Moody]:
    with moody_registry(auth="token") as started:
        yield started


def repository(moody: Moody, login: str | None = LOGIN) -> Repository:
    return opened(f"{moody.host}/team/app", Access(login=login))


def scopes(moody: Moody) -> list[list[str]]:
    """The scopes of each token that was asked for."""
    return [parse_qs(urlsplit(path).query).get("scope", []) for _, path in moody.asked if path.startswith("/token?")]


def test_of_several_challenges_the_bearers() -> None:
    both = ['Basic realm="here"', 'Bearer realm="https://registry.example/token",service="x",scope="a:b:pull,push"']
    found = challenge_of(both)
    assert found and found.scheme == "bearer"
    assert found.parameters == {"realm": "https://registry.example/token", "service": "x", "scope": "a:b:pull,push"}
    assert challenge_of(["bearer realm=plain, service=s"]) == authorization.Challenge(
        "bearer", {"realm": "plain", "service": "s"}
    )
    assert challenge_of(["Negotiate", "Bearer"]) is None
    assert challenge_of([]) is None


def test_one_token_does_for_all(moody: Moody) -> None:
    one = repository(moody)
    for number in range(5):
        one.upload(sha256(b"%d" % number), InMemory(b"%d" % number))
    assert scopes(moody) == [["repository:team/app:pull,push"]]
    assert moody.count("POST", "uploads/$") == 5 + 1  # one was asked without a token


def test_a_mount_has_a_token_of_its_own(moody: Moody) -> None:
    moody.blobs["other", sha256(b"x")] = b"x"
    one = repository(moody)
    assert one.mount(sha256(b"x"), "other")
    assert one.has(sha256(b"x"))
    assert scopes(moody) == [
        ["repository:other:pull", "repository:team/app:pull,push"],
        ["repository:team/app:pull,push"],
    ]


def test_a_token_that_the_registry_forgot_is_renewed(moody: Moody) -> None:
    one = repository(moody)
    one.has(sha256(b"x"))
    moody.tokens[:] = ["another"]
    one.upload(sha256(b"x"), InMemory(b"x"))
    assert ("team/app", sha256(b"x")) in moody.blobs


def test_a_token_is_renewed_before_its_end(moody: Moody, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(authorization, "monotonic", lambda: now)
    one = repository(moody)
    one.has(sha256(b"x"))
    now += moody.life - authorization._EARLY
    one.has(sha256(b"x"))
    assert len(moody.tokens) == 1
    now += 1
    one.has(sha256(b"x"))
    assert len(moody.tokens) == 2


@pytest.mark.parametrize("no_refresh", [False, True])
def test_an_identity_token(moody: Moody, no_refresh: bool, tmp_path: Path) -> None:
    """Where the token server knows no POST, it is a password."""
    moody.no_refresh = no_refresh
    user = "<token>" if not no_refresh else USER
    entry = {"auth": b64encode(f"{user}:{PASSWORD}".encode()).decode(), "identitytoken": IDENTITY}
    file = tmp_path / "auth.json"
    file.write_text(json.dumps({"auths": {moody.host: entry}}))
    one = opened(f"{moody.host}/team/app", Access(auth_file=str(file)))
    one.upload(sha256(b"x"), InMemory(b"x"))
    assert moody.count("POST", "/token") >= 1
    assert (moody.count("GET", "/token") >= 1) == no_refresh


@pytest.mark.parametrize("auth", ["basic", "token"])
@pytest.mark.parametrize(("login", "said"), [(None, "wants credentials"), ("me:wrong", "refuses the credentials")])
def test_who_may_not(moody: Moody, auth: str, login: str | None, said: str) -> None:
    moody.auth = auth
    with pytest.raises(ProgramFailed, match=rf"{said}.*\(401\).*skopeo login"):
        repository(moody, login).manifest("1")


def test_nobody_is_told_who_asks_but_those_who_want_to_know(moody: Moody) -> None:
    moody.auth = ""
    one = repository(moody)
    one.upload(sha256(b"x"), InMemory(b"x"))
    assert set(moody.authorizations) == {""}
    moody.auth = "basic"
    one.has(sha256(b"x"))
    one.has(sha256(b"x"))
    assert moody.authorizations[-3:] == ["", BASIC, BASIC]
