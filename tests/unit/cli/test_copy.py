"""The words that `nixdock copy` takes; where they lead to is in tests/system/test_copy_*.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import error_of, nixdock, usage_error_of
from tests.support.recipes import recipe, recipe_file, tar_layer


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return recipe_file(tmp_path / "recipe", recipe(tar_layer(tmp_path / "layer", b"")))


@pytest.mark.parametrize("words", [("dir:{}",), ("dir:", "{}"), ("dir:", "dir:{}"), ("dir:", "--quiet", "{}")])
def test_a_destination_in_one_word_or_two(stored: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = nixdock("copy", stored, *(word.format(tmp_path / "copy") for word in words))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy/manifest.json").exists()


def test_two_destinations(stored: Path, tmp_path: Path) -> None:
    error = usage_error_of("copy", stored, f"dir:{tmp_path}/one", f"dir:{tmp_path}/two")
    assert error == f"'dir:{tmp_path}/two' follows the destination 'dir:{tmp_path}/one'"
    assert not list(tmp_path.glob("one")) + list(tmp_path.glob("two"))


@pytest.mark.parametrize(
    "login",
    [b"", b"\n", b":secret", b"user", b"user:\xff", b"u:" + b"x" * (1 << 16), pytest.param(None, id="endless")],
)
def test_a_file_without_a_login(stored: Path, tmp_path: Path, login: bytes | None) -> None:
    file = tmp_path / "login"
    if login is None:
        file.symlink_to("/dev/zero")
    else:
        file.write_bytes(login)
    error = error_of("copy", stored, "docker://127.0.0.1:1/app:1", "--creds-file", file)
    assert error == f"there is no login in {file}: it is USER:PASSWORD, on one line"


def test_a_long_login(stored: Path, tmp_path: Path) -> None:
    (tmp_path / "login").write_bytes(b"u:" + b"x" * ((1 << 16) - 3) + b"\n")
    error = error_of("copy", stored, "docker://127.0.0.1:1/app:1", "--creds-file", tmp_path / "login")
    assert error.startswith("cannot reach the registry")
