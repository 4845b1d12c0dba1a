"""The words that `nixdock copy` takes; where they lead to is in tests/system/test_copy_*.py."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from nixdock_hook.cli.copy import _MOST_LOGIN
from tests.support.command import COMMAND, command_environment, error_of, nixdock, usage_error_of
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


@pytest.mark.parametrize("word", ["127.0.0.1:5000/app:1", "localhost:5000/app", "host/app:1", "docker:host/app:1", "x"])
def test_a_registry_without_its_transport(stored: Path, word: str) -> None:
    assert usage_error_of("copy", stored, word) == f"{word!r} is no destination"


def test_a_destination_with_a_name_of_its_own_needs_no_other(tmp_path: Path) -> None:
    made = recipe(tar_layer(tmp_path / "layer", b""))
    untagged = recipe_file(tmp_path / "untagged", replace(made, tag=None))
    done = nixdock("copy", untagged, f"oci:{tmp_path / 'layout'}:1")
    assert done.returncode == 0, done.stderr
    assert error_of("copy", untagged, "docker://127.0.0.1:1/app:1").startswith("cannot reach the registry (")
    for nameless in ("docker://", "docker-daemon:"):
        assert error_of("copy", untagged, nameless).startswith("the recipe has no tag in ")


@pytest.mark.parametrize(
    ("login", "says"),
    [
        (b"", "there is no login in"),
        (b":secret\n", "there is no login in"),
        (b"\nme:secret\n", "there is no login in"),
        (b"me:\xff\n", "a login that is no UTF-8 in"),
        (b"me:" + b"x" * (_MOST_LOGIN - 2), "a login of more than 65536 bytes in"),
        (b"me:" + b"x" * (_MOST_LOGIN - 3), "cannot reach the registry ("),
        (b"me:secret\r\nand more\xff", "cannot reach the registry ("),
    ],
)
def test_a_login_in_a_file_or_a_variable(stored: Path, tmp_path: Path, login: bytes, says: str) -> None:
    file = tmp_path / "login"
    file.write_bytes(login)
    assert error_of("copy", "-q", stored, "docker://127.0.0.1:1/app:1", "--creds-file", file).startswith(says)
    if len(login) < 1000:
        words = ("copy", "-q", stored, "docker://127.0.0.1:1/app:1", "--creds-env", "LOGIN")
        value = os.fsdecode(login.partition(b"\r")[0])
        assert error_of(*words, LOGIN=value).startswith(says)


def test_a_login_from_a_pipe(stored: Path) -> None:
    words = ["copy", "-q", str(stored), "docker://127.0.0.1:1/app:1", "--creds-file", "/dev/stdin"]
    for login, says in (
        (b"me:secret\n", b"cannot reach the registry ("),
        (b"me:" + b"x" * (1 << 17), b"a login of more"),
    ):
        done = subprocess.run(
            [*COMMAND, *words], input=login, env=command_environment(), capture_output=True, check=False
        )
        assert done.stderr.startswith(b"nixdock: error: " + says)


@pytest.mark.parametrize("place", ["/dev/zero", "/"])
@pytest.mark.parametrize("option", ["--authfile", "--creds-file"])
def test_a_login_in_what_is_no_file(stored: Path, option: str, place: str) -> None:
    error = error_of("copy", "-q", stored, "docker://127.0.0.1:1/app:1", option, place)
    assert error.startswith("this is a d") and f", not a file in {place}: " in error


@pytest.mark.parametrize(
    "words",
    [
        ("copy", "RECIPE", "docker://127.0.0.1:1/app:1", "--authfile", "PIPE"),
        ("copy", "RECIPE", "docker://127.0.0.1:1/app:1", "--with", "skopeo", "--authfile", "PIPE"),
        ("copy", "RECIPE", "docker://127.0.0.1:1/app:1", "--cert-dir", "CERTIFICATES"),
        ("copy", "RECIPE", "docker://127.0.0.1:1/app:1", "--", "--dest-authfile", "PIPE"),
        ("copy", "PIPE", "docker://127.0.0.1:1/app:1"),
        ("lock", "127.0.0.1:1/app", "--authfile", "PIPE"),
        ("prefetch", "127.0.0.1:1/app", "--authfile", "PIPE"),
        ("inspect", "docker://127.0.0.1:1/app", "--authfile", "PIPE"),
        ("inspect", "PIPE"),
        ("stream", "PIPE"),
        ("serve", "PIPE"),
        ("serve", "--file", "PIPE"),
    ],
)
def test_no_command_waits_for_a_pipe(stored: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "certs").mkdir()
    os.mkfifo(pipe := tmp_path / "certs/ca.crt")
    places = {"RECIPE": stored, "PIPE": pipe, "CERTIFICATES": tmp_path / "certs"}
    error = error_of(*(str(places.get(word, word)) for word in words))
    assert error.startswith(f"this is a pipe, not a file in {pipe}: ")


def test_variables_that_name_pipes(stored: Path, tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    for name in ("REGISTRY_AUTH_FILE", "SSL_CERT_FILE"):
        for words in (("copy", stored, "docker://127.0.0.1:1/app:1"), ("lock", "127.0.0.1:1/app")):
            assert error_of(*words, **{name: str(pipe)}).startswith(f"this is a pipe, not a file in {pipe}: ")


def test_an_auth_file_that_is_not_there_is_told_of_at_once(stored: Path, tmp_path: Path) -> None:
    error = error_of("copy", stored, "docker://127.0.0.1:1/app:1", "--authfile", tmp_path / "none")
    assert error.startswith(f"No such file or directory in {tmp_path}/none: ")
