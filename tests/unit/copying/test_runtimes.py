"""What is asked of clients, and their answers; what they do is in tests/system/test_copy_runtimes.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.copying.runtimes import Containerd, Podman


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("app:1", "docker.io/library/app:1"),
        ("team/app:1", "docker.io/team/app:1"),
        ("registry.example/app:1", "registry.example/app:1"),
        ("registry:5000/team/app:1", "registry:5000/team/app:1"),
        ("localhost/app:1", "localhost/app:1"),
    ],
)
def test_full_names(name: str, full: str) -> None:
    assert Containerd([]).name(name) == full
    assert Podman([]).name(name) == name


@pytest.mark.parametrize(("status", "is_whole"), [("incomplete (2/3)", False), ("complete (3/3)", True)])
def test_whether_containerd_holds_all_of_an_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str, is_whole: bool
) -> None:
    table = f"REF TYPE DIGEST STATUS SIZE UNPACKED\n127.0.0.1:5000/app:1 manifest sha256:0 {status} 10.4 KiB true"
    (tmp_path / "ctr").write_text(f'#!/bin/sh\necho "$*" >{tmp_path}/asked\necho "{table}"\n')
    (tmp_path / "ctr").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert Containerd(["--namespace", "k8s.io"]).is_whole("127.0.0.1:5000/app:1") is is_whole
    asked = (tmp_path / "asked").read_text()
    assert asked == "--namespace k8s.io images check name==127.0.0.1:5000/app:1\n"
