"""URLs that are asked for; bounds of answers are in test_bounded_http.py."""

from __future__ import annotations

import pytest

from nixdock_hook.registries.bounded_answers import BadAnswer, checked_url, origin


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://registry.example/v2/", "https://registry.example/v2/"),
        ("http://[::1]:5000/v2/a?b=c%20d", "http://[::1]:5000/v2/a?b=c%20d"),
        ("https://registry.example/a b\n", "https://registry.example/a%20b%0A"),
    ],
)
def test_what_may_be_asked(url: str, asked: str) -> None:
    assert checked_url(url) == asked


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://a/b",
        "//a/b",
        "https://",
        "http://[x/",
        "http://a.example:99999/",
        "http://a.example:0/",
        "",
    ],
)
def test_what_may_not(url: str) -> None:
    with pytest.raises(BadAnswer, match="is no URL of http or https"):
        checked_url(url)


def test_one_server_is_a_scheme_a_host_and_a_port() -> None:
    assert origin("https://a.example:1/x") == origin("https://a.example:1/y?z")
    others = ("https://a.example/", "http://a.example/", "https://a.example:1/", "https://b.example/")
    assert len(set(map(origin, others))) == len(others)
