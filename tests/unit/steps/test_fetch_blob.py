"""What a lock file says of a blob; that it is fetched is in tests/nix/test_locked_image.py."""

from __future__ import annotations

from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage

from .conftest import Build

ACCESS = {"tlsVerify": True, "authFile": None, "caBundle": "/bundle.crt"}
BLOB = {"imageName": "registry.example/app", "digest": "sha256:" + "0" * 64, "size": 1, **ACCESS}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"size": "1"}, "size is not an integer"),
        ({"size": -1}, "size is negative"),
        ({"size": None}, "size is missing"),
        ({"size": True}, "size is not an integer"),
        ({"digest": "sha256:0"}, "digest is no sha256 digest"),
    ],
)
def test_what_names_no_blob(build: Build, change: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidImage) as caught:
        build.run("fetch_blob", BLOB | change)
    assert str(caught.value) == f"{problem} in the lock file: make it again: nixdock lock REFERENCE"
    assert not build.out.exists()
