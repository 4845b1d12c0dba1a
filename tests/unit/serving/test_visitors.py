from __future__ import annotations

import socket

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.serving.http_requests import Request
from nixdock_hook.serving.visitors import parse_host_name, refusal


def asking(**headers: str | tuple[str, ...]) -> Request:
    found = {name.replace("_", "-"): (value,) if isinstance(value, str) else value for name, value in headers.items()}
    return Request("GET", "/v2/", "1.1", found, 0)


@pytest.mark.parametrize(
    "host",
    [
        *["127.0.0.1:5000", "[::1]:5000", "10.1.2.3", "[fe80::1]", "localhost:5000", "LOCALHOST"],
        *["localhost.", "x.localhost"],
        *["host.docker.internal:5000", "host.containers.internal", socket.gethostname(), socket.gethostname().upper()],
        *["builder.example", "BUILDER.example.:5000"],
    ],
)
def test_known_names(host: str) -> None:
    assert refusal(asking(host=host), ["builder.example"]) == ""


@pytest.mark.parametrize(
    "host", ["", ".", "evil.example:1", "127.0.0.1.evil.example", "localhost.evil.example", "x.builder.example"]
)
def test_foreign_names(host: str) -> None:
    assert "--allow-host" in refusal(asking(host=host), ["builder.example"])


def test_http_1_0_may_have_no_host() -> None:
    assert refusal(asking(), []) == ""


@pytest.mark.parametrize(
    ("origin", "is_answered"),
    [
        ("http://127.0.0.1:5000", True),
        ("https://127.0.0.1:5000", True),
        ("HTTP://127.0.0.1:5000", True),
        ("http://127.0.0.1:5001", False),
        ("http://127.0.0.1", False),
        ("http://localhost:5000", False),
        ("http://evil.example", False),
        ("http://127.0.0.1:5000.evil.example", False),
        ("null", False),
        ("", False),
        (("http://127.0.0.1:5000", "http://evil.example"), False),
    ],
)
def test_another_site_by_its_origin(origin: str | tuple[str, ...], is_answered: bool) -> None:
    assert (refusal(asking(host="127.0.0.1:5000", origin=origin), []) == "") == is_answered


@pytest.mark.parametrize(
    ("site", "is_answered"),
    [("none", True), ("same-origin", True), ("same-site", False), ("cross-site", False), (("none", "x"), False)],
)
def test_another_site_as_the_browser_says(site: str | tuple[str, ...], is_answered: bool) -> None:
    assert (refusal(asking(host="127.0.0.1", sec_fetch_site=site), []) == "") == is_answered


@pytest.mark.parametrize(
    ("text", "name"), [("Builder.Example.", "builder.example"), ("a_b", "a_b"), ("10.0.0.1", "10.0.0.1")]
)
def test_names_to_allow(text: str, name: str) -> None:
    assert parse_host_name(text) == name


@pytest.mark.parametrize("text", ["", "*", "*.example", "a:5000", "a/b", "a b", "-a", ".", "a\n", "a" * 254])
def test_what_names_no_machine(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no name of a machine in --allow-host: "):
        parse_host_name(text)
