"""The step `pull-image`; tests/nix/test_pull_image.py has real registries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import NotFound

from .conftest import Build

NAME, DIGEST = "registry.example/team/app", "sha256:" + "0" * 64
SPEC: dict[str, Any] = {
    **{"imageName": NAME, "imageDigest": DIGEST, "os": "linux", "arch": "arm64", "tag": "1", "repoTag": "app:2"},
    **{"tlsVerify": False, "authFile": None, "caBundle": "/bundle.crt"},
}


@pytest.fixture
def skopeo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, build: Build) -> Path:
    """Words and environment that a skopeo of ours was given; it fails where there is a file `failure`."""
    directory = tmp_path / "tools"
    directory.mkdir()
    (directory / "skopeo").write_text(
        f"""#!/bin/sh
echo "$@ $SSL_CERT_FILE $HOME" >> {directory}/asked
[ ! -e {directory}/failure ] || {{ cat {directory}/failure >&2; exit 1; }}
"""
    )
    (directory / "skopeo").chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(build.top))
    monkeypatch.delenv("NIX_SSL_CERT_FILE", raising=False)
    build.tools.insert(0, str(directory))
    return directory


def test_skopeo_writes_the_output(build: Build, skopeo: Path) -> None:
    build.run("pull_image", SPEC)
    platform = f"--override-os linux --override-arch arm64 --tmpdir {build.top}"
    places = f"docker://{NAME}@{DIGEST} docker-archive:{build.out}:app:2"
    assert (skopeo / "asked").read_text() == (
        f"--insecure-policy {platform} copy --quiet --src-tls-verify=false {places} /bundle.crt {build.top}\n"
    )


def test_an_image_that_is_gone_is_named_with_its_tag(build: Build, skopeo: Path) -> None:
    (skopeo / "failure").write_text('level=fatal msg="reading manifest: manifest unknown"')
    with pytest.raises(NotFound, match=f"the registry has no manifest {DIGEST}, nor the tag 1"):
        build.run("pull_image", SPEC)
