"""Pushes into a registry that misbehaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage, NixdockError, NotFound, ProgramFailed
from nixdock_hook.oci.model import MANIFEST
from nixdock_hook.registries import session, upload
from nixdock_hook.registries.access import Access
from nixdock_hook.registries.bounded_answers import BadAnswer, origin
from nixdock_hook.registries.connection import Answer
from nixdock_hook.registries.content import InMemory
from nixdock_hook.registries.upload import BlobsMissing, Repository
from tests.support.images import sha256
from tests.support.moody_registry import BASIC, PASSWORD, USER, Moody, moody_registry, opened

DATA = bytes(range(256)) * 5000
DIGEST = sha256(DATA)
KEY = "app", DIGEST


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr(session, "sleep", waits.append)
    return waits


@pytest.fixture
def moody() -> Iterator[Moody]:
    with moody_registry() as started:
        yield started


def repository(moody: Moody, **access: Any) -> Repository:
    return opened(f"{moody.host}/app", Access(**access))


def test_a_blob_goes_in_one_request_with_its_length(moody: Moody) -> None:
    told: list[int] = []
    repository(moody).upload(DIGEST, InMemory(DATA), told.append)
    assert moody.blobs[KEY] == DATA and sum(told) == len(DATA)
    assert [method for method, _ in moody.asked] == ["GET", "POST", "PUT"]


def test_one_connection_is_kept(moody: Moody) -> None:
    one = repository(moody)
    for number in range(10):
        data = b"%d" % number
        one.upload(sha256(data), InMemory(data))
        assert one.has(sha256(data)) and not one.has(sha256(data + b"x"))
    assert moody.connections == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_registry_is_waited_for(moody: Moody, status: int, short_waits: list[float]) -> None:
    one = repository(moody)
    one.has(DIGEST)
    moody.busy, moody.busy_status, moody.retry_after = 3, status, None
    one.upload(DIGEST, InMemory(DATA))
    assert moody.blobs[KEY] == DATA
    assert short_waits == [0.5, 1.0, 2.0]


def test_as_long_as_it_says(moody: Moody, short_waits: list[float]) -> None:
    one = repository(moody)
    one.has(DIGEST)
    moody.busy, moody.retry_after = 2, "7"
    one.upload(DIGEST, InMemory(DATA))
    assert short_waits == [7.0, 7.0]


@pytest.mark.parametrize(("seconds", "passes"), [("60", True), ("61", False), ("9" * 400, False)])
def test_but_not_for_ever(moody: Moody, seconds: str, passes: bool) -> None:
    one = repository(moody)
    one.has(DIGEST)
    moody.busy, moody.retry_after = 1, seconds
    if passes:
        one.upload(DIGEST, InMemory(DATA))
    else:
        with pytest.raises(ProgramFailed, match=r"rate limit reached \(429\) in .*/app: try again in "):
            one.upload(DIGEST, InMemory(DATA))


def test_a_date_to_come_back_at(moody: Moody, short_waits: list[float]) -> None:
    one = repository(moody)
    one.has(DIGEST)
    moody.busy, moody.retry_after = 1, "Wed, 21 Oct 2015 07:28:00 GMT"
    one.upload(DIGEST, InMemory(DATA))
    assert short_waits == [0.0]


def test_a_repository_that_cannot_be_made_is_not_waited_for(moody: Moody, short_waits: list[float]) -> None:
    moody.scripted = [("POST", "/uploads/", 404, {})]
    with pytest.raises(NotFound, match="no such repository, and makes none"):
        repository(moody).upload(DIGEST, InMemory(DATA))
    assert short_waits == []


@pytest.mark.parametrize("status", [403, 404, 405])
def test_who_must_not_ask_may_still_send(moody: Moody, status: int) -> None:
    moody.scripted = [("HEAD", "/blobs/", status, {})]
    moody.blobs[KEY] = DATA
    one = repository(moody)
    assert not one.has(DIGEST) and one.has(DIGEST)


def test_a_blob_of_another_digest(moody: Moody) -> None:
    moody.scripted = [("PUT", "/uploads/", 201, {"Docker-Content-Digest": sha256(b"other")})]
    with pytest.raises(InvalidImage, match="made sha256:.* of the blob sha256:"):
        repository(moody).upload(DIGEST, InMemory(DATA))


@pytest.mark.parametrize(("status", "headers", "wait"), [(429, {"Retry-After": "7"}, 7.0), (503, {}, 0.5)])
def test_a_busy_token_server_is_waited_for(
    moody: Moody, status: int, headers: dict[str, str], wait: float, short_waits: list[float]
) -> None:
    moody.auth = "token"
    moody.scripted = [("GET", "/token", status, headers)]
    repository(moody, login=f"{USER}:{PASSWORD}").upload(DIGEST, InMemory(DATA))
    assert moody.blobs[KEY] == DATA
    assert short_waits == [wait]


def test_patience_has_an_end(moody: Moody, short_waits: list[float]) -> None:
    one = repository(moody)
    one.has(DIGEST)
    moody.busy, moody.busy_status, moody.retry_after = 1000, 502, None
    with pytest.raises(ProgramFailed, match="the registry answers 502"):
        one.upload(DIGEST, InMemory(DATA))
    assert short_waits == [0.5, 1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize("mood", ["drops", "stale"])
def test_an_upload_that_broke_off_begins_again(moody: Moody, mood: str) -> None:
    one = repository(moody)
    one.has(DIGEST)
    setattr(moody, mood, 2)
    one.upload(DIGEST, InMemory(DATA))
    assert moody.blobs[KEY] == DATA
    assert moody.count("POST", "uploads/$") == 3


@pytest.mark.parametrize(("most", "requests"), [(len(DATA), 1), (len(DATA) - 1, 2 + 3)])
def test_where_only_small_requests_pass(
    moody: Moody, most: int, requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "_CHUNK", 500_000)
    moody.most = most
    one = repository(moody)
    one.upload(DIGEST, InMemory(DATA))
    assert moody.blobs[KEY] == DATA
    assert moody.count("PUT", "") + moody.count("PATCH", "") == requests
    moody.blobs.clear()
    one.upload(DIGEST, InMemory(DATA))  # it knows now
    assert moody.blobs[KEY] == DATA
    assert moody.count("PUT", "") + moody.count("PATCH", "") == 2 * requests - (requests > 1)


def test_no_bytes_at_all(moody: Moody) -> None:
    repository(moody).upload(sha256(b""), InMemory(b""))
    assert moody.blobs["app", sha256(b"")] == b""


def test_credentials_stay_with_their_origin(moody: Moody) -> None:
    moody.auth = "basic"
    with moody_registry() as other:
        moody.elsewhere = other.host
        repository(moody, login=f"{USER}:{PASSWORD}").upload(DIGEST, InMemory(DATA))
        assert other.blobs[KEY] == DATA
        assert BASIC in moody.authorizations
        assert set(other.authorizations) == {""}


def test_no_upload_goes_into_this_network_from_outside() -> None:
    outside, inside = "registry.example:5000", ("127.0.0.1:1", "localhost", "[::1]:9", "10.0.0.1", "169.254.169.254:80")
    assert not session._is_inside(outside) and not session._is_inside("8.8.8.8:443")
    assert all(map(session._is_inside, inside))
    one = session.Session(f"{outside}/app", Access())
    for host, status in ((inside[0], 202), (inside[3], 307)):
        headers = Message()
        headers["Location"] = f"https://{host}/x"
        with pytest.raises(BadAnswer, match="inside this network"):
            one.place(Answer(f"https://{outside}/v2/", status, headers, b""), "redirect")


@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_upload_follows_redirects_without_credentials(moody: Moody, method: str, status: int) -> None:
    moody.auth = "basic"
    with moody_registry() as other:
        target = f"http://{other.host}/v2/app/blobs/uploads/" + ("7" if method == "PUT" else "")
        location = f"{target}?digest={DIGEST}" if method == "PUT" else target
        moody.scripted = [(method, "/uploads/", status, {"Location": location})]
        repository(moody, login=f"{USER}:{PASSWORD}").upload(DIGEST, InMemory(DATA))
        assert other.blobs[KEY] == DATA
        assert set(other.authorizations) == {""}


def test_a_redirect_that_makes_another_question_is_not_followed(moody: Moody) -> None:
    moody.scripted = [("POST", "/uploads/", 302, {"Location": "/v2/app/blobs/uploads/"})]
    with pytest.raises(ProgramFailed, match="the registry answers 302"):
        repository(moody).upload(DIGEST, InMemory(DATA))


def test_a_server_with_its_port_is_the_same_one() -> None:
    assert origin("https://R.example/x") == origin("https://r.example:443/y") != origin("https://r.example:444/")
    assert origin("http://r.example") == origin("http://r.example:80") != origin("https://r.example:80")


@pytest.mark.parametrize(("status", "there"), [(201, True), (202, False), (401, False), (403, False), (500, False)])
def test_a_mount_that_fails_is_no_failure(moody: Moody, status: int, there: bool) -> None:
    moody.blobs["other", DIGEST] = DATA
    moody.mount = status
    one = repository(moody)
    assert one.mount(DIGEST, "other") is there
    assert (KEY in moody.blobs) is there
    one.upload(DIGEST, InMemory(DATA))
    assert moody.blobs[KEY] == DATA


def test_wrong_bytes_are_refused(moody: Moody) -> None:
    with pytest.raises(ProgramFailed, match="DIGEST_INVALID"):
        repository(moody).upload(sha256(b"other"), InMemory(DATA))


def manifest(*digests: str) -> bytes:
    config, *layers = [{"mediaType": "x", "digest": digest, "size": 1} for digest in digests]
    return json.dumps({"schemaVersion": 2, "config": config, "layers": layers}).encode()


def test_a_manifest(moody: Moody) -> None:
    one = repository(moody)
    assert one.manifest("1") is None
    with pytest.raises(BlobsMissing):
        one.put_manifest("1", MANIFEST, manifest(DIGEST))
    one.upload(DIGEST, InMemory(DATA))
    one.put_manifest("1", MANIFEST, manifest(DIGEST))
    found = one.manifest("1")
    assert found and (found.media_type, found.data) == (MANIFEST, manifest(DIGEST))
    assert one.document(DIGEST) == DATA


def test_a_document_that_is_another(moody: Moody) -> None:
    moody.blobs[KEY] = b"other"
    with pytest.raises(NixdockError, match="gives other bytes"):
        repository(moody).document(DIGEST)


def test_nobody_answers(short_waits: list[float]) -> None:
    with pytest.raises(ProgramFailed, match="cannot reach the registry .*refused"):
        opened("127.0.0.1:1/app", Access()).manifest("1")
    assert short_waits == []


def test_connections_that_the_registry_does_not_keep(moody: Moody, short_waits: list[float]) -> None:
    moody.hang_up = True
    one = repository(moody)
    for number in range(5):
        data = b"%d" % number
        one.upload(sha256(data), InMemory(data))
        assert one.has(sha256(data))
    one.put_manifest("1", MANIFEST, manifest(sha256(b"0")))


def test_who_reads_is_sent_elsewhere_without_credentials(moody: Moody) -> None:
    moody.auth = "basic"
    with moody_registry() as other:
        other.blobs[KEY] = DATA
        moody.redirect = f"http://{other.host}"
        one = repository(moody, login=f"{USER}:{PASSWORD}")
        assert one.document(DIGEST) == DATA and one.has(DIGEST) and not one.has(sha256(b"none"))
        assert set(other.authorizations) == {""}


@pytest.mark.parametrize("place", ["", "ftp://registry.example", "http://[", "http://127.0.0.1:0"])
def test_who_reads_is_sent_nowhere(moody: Moody, place: str, short_waits: list[float]) -> None:
    moody.redirect = place or f"http://{moody.host}"
    with pytest.raises(ProgramFailed, match="makes no sense|more than 10 redirects"):
        repository(moody).document(DIGEST)
    assert short_waits == []


def test_nobody_is_sent_from_https_to_http() -> None:
    one = session.Session("registry.example/app", Access())
    headers = Message()
    headers["Location"] = "http://registry.example/x"
    with pytest.raises(BadAnswer, match="a redirect to 'http:"):
        one.elsewhere(Answer("https://registry.example/v2/", 307, headers, b""), "redirect")
