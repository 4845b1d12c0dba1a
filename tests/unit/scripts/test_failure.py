from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.scripts.confinement import View
from nixdock_hook.scripts.failure import outside_the_tree

PATH = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-package"
SHELL = "/nix/store/zyxwvsrqpnmlkjihgfdcba9876543210-bash/bin/bash"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A future root with a link to a file of the store, and one to a directory."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/file").symlink_to(f"{PATH}/etc/file")
    (tmp_path / "share").symlink_to(f"{PATH}/share")
    (tmp_path / "etc/own").touch()
    return tmp_path


def reason(tree: Path, output: str, is_root: bool) -> str | None:
    view = View(str(tree), "/none", "/none", "/none", is_root, 0, 0)
    found = outside_the_tree(output, view)
    return found.what if found else None


@pytest.mark.parametrize(
    ("output", "place", "named"),
    [
        (f"{SHELL}: line 1: /etc/file: Read-only file system", "etc/file", "/etc/file"),
        ("cp: cannot create regular file '/etc/file': Read-only file system", "etc/file", "/etc/file"),
        ("touch: cannot touch ‘/share/new’: Read-only file system\nmake: *** [all] Error 1", "share/new", "/share/new"),
        ("OSError: [Errno 30] Read-only file system: '/etc/file'", "etc/file", "/etc/file"),
        ("open /etc/file: read-only file system", "etc/file", "/etc/file"),
        (f"{SHELL}: line 1: /etc/file: Permission denied", "etc/file", "/etc/file"),
        ("useradd: cannot open /etc/file", "etc/file", "/etc/file"),
    ],
)
def test_the_store_path_behind_a_link_is_named(tree: Path, output: str, place: str, named: str) -> None:
    assert reason(tree, output, is_root=True) == f"would change the store path {PATH}/{place}, where {named} leads to"


def test_a_relative_name_is_read_from_the_top_of_the_tree(tree: Path) -> None:
    output = f"{SHELL}: line 1: etc/file: Read-only file system"
    wanted = f"would change the store path {PATH}/etc/file, where etc/file leads to"
    assert reason(tree, output, is_root=False) == wanted


def test_a_store_path_that_the_script_names_itself(tree: Path) -> None:
    output = f"chmod: changing permissions of '{PATH}/bin': Read-only file system"
    assert reason(tree, output, is_root=False) == f"would change the store path {PATH}/bin"


@pytest.mark.parametrize("message", ["mkdir: cannot create directory '/data'", f"{SHELL}: line 1: /etc/new"])
def test_a_path_of_the_machine(tree: Path, message: str) -> None:
    output = f"{message}: Read-only file system"
    assert reason(tree, output, is_root=False) == f"would change what is not in the image ({output})"


OTHERS = [
    *("", "no such option", f"{SHELL}: line 1: nothing: command not found", "cannot open /etc/own", PATH),
    *("/etc/own: Permission denied", f"{PATH}/program: Permission denied"),
]


@pytest.mark.parametrize("output", OTHERS)
def test_other_failures_are_the_scripts_own(tree: Path, output: str) -> None:
    assert reason(tree, output, is_root=True) is None
