"""What is against a hardened image."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.images.hardened import violations
from nixdock_hook.trees.tree import Entry, entry_of

CONFIG = {"User": "1000", "StopSignal": "SIGTERM"}


@pytest.mark.parametrize("user", ["", "0", "root", "0:5", "root:root", "00"])
def test_root_in_every_spelling(user: str) -> None:
    assert list(violations({}, CONFIG | {"User": user})) == [f"it runs as {user or 'root'}: set defaultUser"]


@pytest.mark.parametrize("user", ["1000", "app", "10:0", "rooted"])
def test_others_are_not_root(user: str) -> None:
    assert list(violations({}, CONFIG | {"User": user})) == []


@pytest.mark.parametrize(("user", "is_root"), [("admin", True), ("admin:5", True), ("app:0", False), ("0x", False)])
@pytest.mark.parametrize("place", [b"etc/passwd", b"nix/store/x/passwd"])
def test_root_by_another_name(tmp_path: Path, place: bytes, user: str, is_root: bool) -> None:
    file = tmp_path / "passwd"
    file.write_text("root:x:0:0::/:/x\nadmin:x:0:5::/:/x\napp:x:7:0::/:/x\n")
    tree = {b"etc/passwd": Entry("symlink", 0o777, target=b"../nix/store/x/passwd"), place: entry_of(bytes(file))}
    said = list(violations(tree, CONFIG | {"User": user}))
    assert said == ([f"it runs as {user}: set defaultUser"] if is_root else [])


def test_a_signal_is_missing() -> None:
    assert list(violations({}, {"User": "app"})) == ["it has no StopSignal"]


@pytest.mark.parametrize(
    ("path", "entry", "says"),
    [
        ("bin/sh", Entry("symlink", 0o777, target=b"x"), "is a shell"),
        ("nix/store/x-bash/bin/bash", Entry("file", 0o555), "is a shell"),
        ("usr/sbin/busybox", Entry("file", 0o555), "is a shell"),
        ("bin/shred", Entry("file", 0o555), ""),
        ("share/sh", Entry("file", 0o555), ""),
        ("bin/sh", Entry("directory", 0o555), ""),
        ("x", Entry("file", 0o4755), "is setuid"),
        ("x", Entry("file", 0o2755), "is setgid"),
        ("x", Entry("file", 0o2644), ""),
        ("x", Entry("directory", 0o2755), ""),
        ("x", Entry("file", 0o646), "can be written by everybody"),
        ("x", Entry("directory", 0o777), "can be written by everybody"),
        ("tmp", Entry("directory", 0o1777), ""),
        ("link", Entry("symlink", 0o777), ""),
        ("x", Entry("file", 0o755, xattrs=(("security.capability", b"?"),)), "has file capabilities"),
        ("x", Entry("file", 0o755, xattrs=(("user.note", b"?"),)), ""),
    ],
)
def test_files(path: str, entry: Entry, says: str) -> None:
    assert list(violations({path.encode(): entry}, CONFIG)) == ([f"/{path} {says}"] if says else [])
