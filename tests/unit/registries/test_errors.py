from __future__ import annotations

import re
import ssl
from email.message import Message

import pytest

from nixdock_hook.errors import InvalidImage, NotFound, ProgramFailed
from nixdock_hook.registries.access import Access
from nixdock_hook.registries.connection import Answer
from nixdock_hook.registries.errors import (
    explain,
    explained,
    plain_http,
    refused,
    unauthorized,
    untrusted,
    without_answer,
)

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
            "a plain HTTP registry where TLS was expected in {}: if you trust the network: --tls-verify=false",
        ),
        (
            r"pinging x: Get \"https://registry.example/v2/\": x509: certificate signed by unknown authority",
            ProgramFailed,
            "the registry's TLS certificate is not trusted (x509: certificate signed by unknown authority) in {}: put"
            " its CA into /etc/containers/certs.d/registry.example:5000/ca.crt, or --tls-verify=false",
        ),
        (
            "reading manifest sha256:0 in x: unauthorized: authentication required",
            ProgramFailed,
            "the registry wants credentials, or has no such name (authentication required) in {}: log in first: skopeo"
            " login registry.example:5000, or give --authfile",
        ),
        (
            "reading manifest 1 in x: denied: requested access to the resource is denied",
            ProgramFailed,
            "the registry wants credentials, or has no such name (requested access to the resource is denied) in {}: ",
        ),
        (
            "reading manifest 1 in x: toomanyrequests: You have reached your pull rate limit",
            ProgramFailed,
            "rate limit reached (429) in {}: try again later, or log in",
        ),
        (
            "pinging container registry x: received unexpected HTTP status: 503 Service Unavailable",
            ProgramFailed,
            "the registry answers 503 Service Unavailable in {}: try again later",
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
        "the registry refuses the credentials, or does not let them do this (authentication required) in"
        f" {REFERENCE}: /etc/auth.json was read, log in again:"
        " skopeo login --authfile /etc/auth.json registry.example:5000"
    )


def test_a_program_that_says_nothing() -> None:
    assert str(explain(b"", REFERENCE, Access())).startswith("skopeo failed (it did not say why)")


def answer(status: int, **headers: str) -> Answer:
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return Answer("https://registry.example/", status, message, b"")


def no_tls() -> ssl.SSLError:
    error = ssl.SSLError(1, "wrong version number")
    error.reason = "WRONG_VERSION_NUMBER"
    return error


@pytest.mark.parametrize(
    ("words", "ours"),
    [
        ("unauthorized: authentication required", answer(401)),
        ("denied: requested access to the resource is denied", answer(403)),
        ("toomanyrequests: too many", answer(429)),
        ("received unexpected HTTP status: 502 Bad Gateway", answer(502)),
        ("x509: certificate signed by unknown authority", ssl.SSLCertVerificationError(1, "no")),
        ("http: server gave HTTP response to HTTPS client", no_tls()),
        ("dial tcp 127.0.0.1:1: connect: connection refused", ConnectionRefusedError(111, "Connection refused")),
    ],
)
@pytest.mark.parametrize("access", [Access(), Access(auth_file="/x"), Access(login="a:b"), Access(in_build=True)])
def test_whoever_asks_it_is_the_same_sentence(words: str, ours: Answer | Exception, access: Access) -> None:
    if isinstance(ours, ssl.SSLCertVerificationError):
        ours.verify_message = "no"
    of_skopeo = explained(f"reading manifest 1 in x: {words}", REFERENCE, access)
    asked = (REFERENCE, access)
    of_ours = refused(ours, *asked) if isinstance(ours, Answer) else without_answer(ours, *asked)
    assert of_skopeo and type(of_skopeo) is type(of_ours)
    cause = re.compile(r" \((?!429).*\)|(?<=answers) .*")
    assert cause.sub("", of_skopeo.what) == cause.sub("", of_ours.what)
    assert of_skopeo.remedy == of_ours.remedy


def test_a_build_is_told_of_arguments_in_nix() -> None:
    for explanation, words in ((unauthorized, "authFile = "), (plain_http, "tlsVerify = false"), (untrusted, "cacert")):
        remedies = [explanation("", REFERENCE, Access(in_build=word)).remedy for word in (True, False)]
        assert words in remedies[0] and words not in remedies[1] and "--" in remedies[1]


def test_how_long_to_wait() -> None:
    assert refused(answer(429, Retry_After="30"), REFERENCE, Access()).remedy == "try again in 30 s, or log in"
