from __future__ import annotations

import pytest

from nixdock_hook.errors import InvalidImage, NotFound, ProgramFailed
from nixdock_hook.registries.access import Access
from nixdock_hook.registries.errors import explain

REFERENCE = "registry.example:5000/team/app@sha256:0"
START = f"initializing source docker://{REFERENCE}: "


def error_of(text: str, access: Access | None = None) -> Exception:
    line = f'time="2026-01-01T00:00:00Z" level=fatal msg="{text}"\n'
    return explain(f"a warning\n{line}".encode(), REFERENCE, access or Access())


@pytest.mark.parametrize(
    ("words", "kind", "says"),
    [
        (
            r"pinging x: Get \"https://registry.example/v2/\": http: server gave HTTP response to HTTPS client",
            ProgramFailed,
            "a plain HTTP registry where TLS was expected in {}: if you trust the network say tlsVerify = false",
        ),
        (
            r"pinging x: Get \"https://registry.example/v2/\": x509: certificate signed by unknown authority",
            ProgramFailed,
            "the registry's TLS certificate is not trusted (x509: certificate signed by unknown authority) in {}: add",
        ),
        (
            "reading manifest sha256:0 in x: unauthorized: authentication required",
            ProgramFailed,
            "the registry wants credentials, or has no such name; no authFile was given in {}: make a file with skopeo",
        ),
        (
            "reading manifest 1 in x: denied: requested access to the resource is denied",
            ProgramFailed,
            "the registry wants credentials, or has no such name; no authFile was given in {}: make a file with skopeo",
        ),
        (
            r"creating an updated image manifest: Error during manifest conversion: "
            r"\"application/vnd.oci.image.layer.v1.tar+zstd\": zstd compression is not supported for docker images",
            ProgramFailed,
            "this skopeo makes no docker-archive of layers compressed with zstd in {0}: pin it by a lock file: nixdock "
            "lock {0} > FILE, then pullImage {{ lock = ./FILE; }}",
        ),
        (
            "reading manifest 1 in x: manifest unknown: manifest unknown",
            NotFound,
            "the registry has no such image in {}: check the name",
        ),
        (
            "determining manifest MIME type for x: Manifest does not match provided manifest digest sha256:0",
            InvalidImage,
            "what came has another digest than was asked for (Manifest does not match provided manifest digest",
        ),
        (
            "writing blob: Digest did not match, expected sha256:0, got sha256:1",
            InvalidImage,
            "what came has another digest than was asked for (Digest did not match, expected sha256:0, got sha256:1)",
        ),
        (
            r"pinging x: Get \"https://registry.example/v2/\": dial tcp: lookup x on 10.0.0.1:53: no such host",
            ProgramFailed,
            "cannot reach the registry (dial tcp: lookup x on 10.0.0.1:53: no such host) in {}: check the host's name",
        ),
        (
            "copying layer: Error decrypting layer: missing private key needed for decryption",
            InvalidImage,
            "an image of a kind that cannot be used (missing private key needed for decryption) in {}: take one with",
        ),
        (
            "open auth.json: permission denied",
            ProgramFailed,
            f"skopeo failed ({START}open auth.json: permission denied) in {{}}: ask it by hand",
        ),
    ],
)
def test_the_words_of_skopeo_become_what_to_do(words: str, kind: type[Exception], says: str) -> None:
    error = error_of(START + words)
    assert type(error) is kind
    assert str(error).startswith(says.format(REFERENCE))


def test_the_file_that_was_read_is_named() -> None:
    error = error_of(f"{START}x: unauthorized: authentication required", Access(auth_file="/etc/auth.json"))
    assert str(error) == (
        f"the registry refuses the credentials it got in {REFERENCE}: /etc/auth.json was read, log in again:"
        " skopeo login --authfile /etc/auth.json registry.example:5000"
    )


def test_a_program_that_says_nothing() -> None:
    assert str(explain(b"", REFERENCE, Access())).startswith("skopeo failed (it did not say why)")
