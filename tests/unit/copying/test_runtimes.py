"""Names as containerd has them; what the clients do is in tests/system/test_copy_runtimes.py."""

from __future__ import annotations

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
