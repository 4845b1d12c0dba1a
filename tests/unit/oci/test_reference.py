from __future__ import annotations

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.oci.reference import parse_reference


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("app", "app:latest"),
        ("app:1", "app:1"),
        ("team/app:v1.2-rc_3", "team/app:v1.2-rc_3"),
        ("a.b_c__d-e--f:1", "a.b_c__d-e--f:1"),
        ("localhost:5000/app", "localhost:5000/app:latest"),
        ("localhost:5000/app:1", "localhost:5000/app:1"),
        ("registry.example/team/app:1", "registry.example/team/app:1"),
        ("my-registry.example:443/a/b/c:1", "my-registry.example:443/a/b/c:1"),
        ("Team/App:V1", "team/app:V1"),
        ("app:_", "app:_"),
        ("app:" + "x" * 128, "app:" + "x" * 128),
    ],
)
def test_references_that_docker_takes(text: str, reference: str) -> None:
    assert parse_reference(text) == reference


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", ":1", "app:", "app: 1", "app:1\n", "a b:1", "app:-1", "app:.1", "app:" + "x" * 129, "app:é"),
        *("é:1", "/app:1", "app/:1", "a//b:1", "-app:1", "app-:1", ".app:1", "a..b:1", "a___b:1", "a.-b:1"),
        *(
            "x" * 256 + ":1",
            "app@sha256:" + "0" * 64,
            "https://registry.example/app:1",
            "registry.example:port/app:1",
            "../app:1",
        ),
    ],
)
def test_references_that_docker_refuses(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_reference(text)
    assert caught.value.what == f"docker would refuse the name {text!r}"
    assert caught.value.where == "--repo_tag"
    assert caught.value.remedy == "letters, digits and single . _ - between them, parts separated by /, then :TAG"
