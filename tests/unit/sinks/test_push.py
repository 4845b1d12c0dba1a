"""What `skopeo inspect` is told of the options for `skopeo copy`; pushes are in tests/system/test_copy_registry.py."""

from __future__ import annotations

import pytest

from nixdock_hook.sinks.push import inspect_options


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ([], []),
        (["--dest-tls-verify=false"], ["--tls-verify=false"]),
        (["--dest-creds", "a:b", "--format", "v2s2"], ["--creds", "a:b"]),
        (["--dest-creds=a:b"], ["--creds=a:b"]),
        (["--authfile", "/file", "--src-creds", "c:d"], ["--authfile", "/file"]),
        (["--dest-no-creds", "--dest-cert-dir", "/certs"], ["--no-creds", "--cert-dir", "/certs"]),
        (["--dest-compress-level", "9", "-q", "creds"], []),
        (["--dest-creds"], ["--creds"]),
    ],
)
def test_only_what_says_how_to_reach_the_destination(given: list[str], passed: list[str]) -> None:
    assert inspect_options(given) == passed
