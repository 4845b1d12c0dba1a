from __future__ import annotations

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.oci.reference import Reference, parse_reference, parse_remote_reference, registry_host


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
        ("[::1]:5000/app:1", "[::1]:5000/app:1"),
        ("[2001:DB8::1]/app", "[2001:db8::1]/app:latest"),
        ("a_b.c/app", "a_b.c/app:latest"),  # no host, but a component
        ("a--b.c:5000/app", "a--b.c:5000/app:latest"),
        ("0" * 64 + "/app", "0" * 64 + "/app:latest"),
        ("x" * 237, "x" * 237 + ":latest"),  # and 18 characters of docker's own hub
        ("registry.example/" + "x" * 238, "registry.example/" + "x" * 238 + ":latest"),
        ("app:" + "x" * 128, "app:" + "x" * 128),
    ],
)
def test_references_that_docker_takes(text: str, reference: str) -> None:
    assert str(parse_reference(text)) == reference


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", ":1", "app:", "app: 1", "app:1\n", "a b:1", "app:-1", "app:.1", "app:" + "x" * 129, "app:é"),
        *("é:1", "/app:1", "app/:1", "a//b:1", "-app:1", "app-:1", ".app:1", "a..b:1", "a___b:1", "a.-b:1"),
        *(
            "x" * 238 + ":1",
            "registry.example/" + "x" * 239 + ":1",
            "0" * 64,
            "app@sha256:" + "0" * 64,
            "https://registry.example/app:1",
            "registry.example:port/app:1",
            "../app:1",
        ),
        *("a..b/app", "a-.b:5000/app", "a.-b/app", "a.b.:5/app", "a_b.c:5/app", "a:b/c", "a.b:/app"),
        *("[::1]", "[::g]/app", "[]/app", "[::1:5/app", "[fe80::1%eth0]:5/app", "a:5/[::1]/app"),
    ],
)
def test_references_that_docker_refuses(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_reference(text)
    assert caught.value.what == f"docker would refuse the name {text!r}"
    assert caught.value.where == "--repo-tag"
    assert caught.value.remedy == "letters, digits and single . _ - between them, parts separated by /, then :TAG"


DIGEST = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("alpine", "docker.io/library/alpine:latest"),
        ("alpine:3", "docker.io/library/alpine:3"),
        ("team/app", "docker.io/team/app:latest"),
        ("docker.io/app", "docker.io/library/app:latest"),
        ("index.docker.io/app:1", "docker.io/library/app:1"),
        ("index.docker.io/team/app", "docker.io/team/app:latest"),
        ("[::1]:5000/app:1", "[::1]:5000/app:1"),
        ("registry.example:65535/app:1", "registry.example:65535/app:1"),
        ("docker://registry.example/app", "registry.example/app:latest"),
        ("localhost/app:1", "localhost/app:1"),
        ("registry.example:5000/team/app", "registry.example:5000/team/app:latest"),
        (f"registry.example:5000/team/app@{DIGEST}", f"registry.example:5000/team/app@{DIGEST}"),
        (f"registry.example/app:1@{DIGEST}", f"registry.example/app@{DIGEST}"),
    ],
)
def test_what_people_type_for_an_image_in_a_registry(text: str, whole: str) -> None:
    assert str(parse_remote_reference(text)) == whole


def test_the_tag_beside_a_digest_is_kept() -> None:
    assert parse_remote_reference(f"registry.example/app:1@{DIGEST}").tag == "1"


@pytest.mark.parametrize(
    "text",
    [
        *("", "Team/app", "registry.example/app@sha256:1", "a b", "docker://"),
        *("-x", "--root=x", "a\0b", "a\nb", "\ud800"),
        *("registry.example:65536/app", "registry.example:0/app", "[::1]:99999/app:1", f"a:{'9' * 5000}/app"),
        *("a" * 256, "registry.example/" + "a" * 239, "a:" + "b" * 129, "a/" * 100_000, "-" * 100_000),
    ],
)
def test_what_names_no_image_in_a_registry(text: str) -> None:
    with pytest.raises(InvalidInput, match="names no image in a registry in the reference: write HOST/PATH:TAG"):
        parse_remote_reference(text)


def test_the_longest_name() -> None:
    assert parse_remote_reference("registry.example/" + "a" * 238).tag == "latest"


def test_what_is_wrong_is_quoted_in_part() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_reference("A b" * 10_000, "image.json")
    assert len(str(caught.value)) < 500 and " in image.json: " in str(caught.value)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("alice:secret@registry.example/app:1", "registry.example"),
        ("docker://alice:secret@registry.example:5000/app", "registry.example:5000"),
        ("docker://alice:sec/ret@x@registry.example/app", "registry.example"),
        ("alice@registry.example/app", "registry.example"),
        (f"alice:secret@registry.example/app@{DIGEST}", "registry.example"),
    ],
)
def test_a_login_in_a_reference(text: str, host: str) -> None:
    with pytest.raises(InvalidInput, match=f"neither user nor password in {host}: .*skopeo login {host}") as caught:
        parse_remote_reference(text)
    assert "sec" not in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "host"),
    [
        ("docker://registry.example:5000/team/app:1", "registry.example:5000"),
        ("docker://team/app", "docker.io"),
        ("docker://[::1]:5000/App", "[::1]:5000"),
    ],
)
def test_the_host_of_a_registry(reference: str, host: str) -> None:
    assert registry_host(reference) == host


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("app", ("app", None, None)),
        ("app:1", ("app", "1", None)),
        ("app:", ("app", "", None)),
        ("localhost:5000/app", ("localhost:5000/app", None, None)),
        ("localhost:5000/app:1", ("localhost:5000/app", "1", None)),
        (f"app@{DIGEST}", ("app", None, DIGEST)),
        (f"[::1]:5000/app:1@{DIGEST}", ("[::1]:5000/app", "1", DIGEST)),
        ("", ("", None, None)),
    ],
)
def test_the_parts_of_a_name(text: str, parts: tuple[str, str | None, str | None]) -> None:
    assert Reference.split(text) == Reference(*parts)


def test_a_digest_is_what_picks_an_image() -> None:
    assert str(Reference("app", "1", DIGEST)) == f"app@{DIGEST}"
    assert (str(Reference("app", "1")), str(Reference("app"))) == ("app:1", "app")


@pytest.mark.parametrize(
    ("name", "host", "path"),
    [
        ("app", "docker.io", "app"),
        ("team/app", "docker.io", "team/app"),
        ("localhost/app", "localhost", "app"),
        ("host:5000/team/app", "host:5000", "team/app"),
        ("registry.example/app", "registry.example", "app"),
        ("registry.example", "docker.io", "registry.example"),
    ],
)
def test_host_and_path(name: str, host: str, path: str) -> None:
    assert (Reference(name).host, Reference(name).path) == (host, path)


@pytest.mark.parametrize(
    ("name", "short", "whole"),
    [
        ("docker.io/library/a", "a", "docker.io/library/a"),
        ("library/a", "a", "docker.io/library/a"),
        ("a", "a", "docker.io/library/a"),
        ("docker.io/team/a", "team/a", "docker.io/team/a"),
        ("localhost/a", "localhost/a", "localhost/a"),
    ],
)
def test_names_of_dockers_own_hub(name: str, short: str, whole: str) -> None:
    assert (str(Reference(name, "1").familiar()), str(Reference(name, "1").full())) == (f"{short}:1", f"{whole}:1")
