"""What skopeo is told of the options for `skopeo copy`; pushes are in tests/system/test_copy_registry.py."""

from __future__ import annotations

import base64
import json
import os
import stat
from pathlib import Path

import pytest

from nixdock_hook.copying.push_options import push_options
from nixdock_hook.errors import InvalidImage, InvalidInput

HERE = "docker://registry.example:5000/team/app:1"
ELSEWHERE = "docker://other.example/app"


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ([], []),
        (["--dest-tls-verify=false"], ["--tls-verify=false"]),
        (["--dest-tls-verify", "--format", "v2s2"], ["--tls-verify"]),
        (["--authfile", "/file"], ["--authfile=/file"]),
        (["--dest-no-creds", "--dest-cert-dir", "/certs"], ["--no-creds", "--cert-dir=/certs"]),
        (["--dest-registry-token", "abc"], ["--registry-token=abc"]),
        (["--dest-compress-level", "9", "-q", "creds"], []),
        (["--dest-authfile"], ["--authfile"]),
    ],
)
def test_only_what_says_how_to_reach_the_destination(given: list[str], passed: list[str]) -> None:
    with push_options(given, [HERE]) as options:
        assert options.inspect(HERE) == passed
        assert options.copy == tuple(given)


@pytest.mark.parametrize(
    "given",
    [
        ["--dest-creds", "alice:pass:word"],
        ["--dest-creds=alice:pass:word"],
        ["--creds", "alice:pass:word"],
        ["--dest-username", "alice", "--dest-password=pass:word"],
        ["--dest-password", "pass:word", "--format", "oci", "--username=alice"],
    ],
)
def test_a_login_is_in_a_file_of_its_user_alone(given: list[str]) -> None:
    with push_options(given, ["oci:somewhere", HERE]) as options:
        assert not any("pass:word" in word or "alice" in word for word in options.copy)
        file = options.copy[options.copy.index("--dest-authfile") + 1]
        assert options.inspect(HERE) == [f"--authfile={file}"]
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(os.path.dirname(file)).st_mode) == 0o700
        with open(file) as stream:
            auths = json.load(stream)["auths"]
        assert {host: base64.b64decode(entry["auth"]) for host, entry in auths.items()} == {
            "registry.example:5000": b"alice:pass:word"
        }
    assert not os.path.exists(os.path.dirname(file))


def test_other_options_stay(tmp_path: Path) -> None:
    with push_options(["--format", "oci", "--dest-creds", "a:b", "--dest-tls-verify=false"], [HERE]) as options:
        assert options.copy[:3] == ("--format", "oci", "--dest-tls-verify=false")


def test_a_login_is_added_to_the_users_own_file(tmp_path: Path) -> None:
    own = tmp_path / "auth.json"
    helpers = {"registry.example:5000": "secretservice", "third.example": "pass"}
    own.write_text(json.dumps({"auths": {"other.example": {"auth": "YTpi"}}, "credHelpers": helpers}))
    with push_options(["--dest-authfile", str(own), "--dest-creds", "alice:p"], [HERE]) as options:
        assert str(own) not in options.copy
        written = json.loads(Path(options.copy[-1]).read_text())
    assert set(written["auths"]) == {"other.example", "registry.example:5000"}
    assert written["credHelpers"] == {"third.example": "pass"}


def test_a_users_own_file_that_is_none(tmp_path: Path) -> None:
    own = tmp_path / "auth.json"
    own.write_text("no JSON")
    words = ["--dest-authfile", str(own), "--dest-creds", "a:b"]
    with pytest.raises(InvalidImage) as caught, push_options(words, [HERE]):
        pass
    assert (caught.value.where, caught.value.remedy) == (str(own), "write it with skopeo login --authfile")


def test_a_token_goes_to_the_registry_that_gave_it_alone() -> None:
    with push_options(["--dest-registry-token=abc", "--dest-tls-verify=false"], [HERE, ELSEWHERE]) as options:
        assert options.inspect(ELSEWHERE) == ["--tls-verify=false"]
        assert options.shows_a_token


def test_of_docker_hub() -> None:
    with push_options(["--dest-creds", "a:b"], ["docker://team/app"]) as options:
        assert list(json.loads(Path(options.copy[-1]).read_text())["auths"]) == ["docker.io"]


def test_where_no_registry_is_asked_a_login_is_of_no_use() -> None:
    with push_options(["--dest-creds", "a:b"], ["dir:/somewhere"]) as options:
        assert options.copy == ()


@pytest.mark.parametrize(
    "given",
    [
        ["--dest-username", "alice"],
        ["--dest-password", "s3cr3t"],
        ["--dest-creds", ":s3cr3t"],
        ["--dest-creds"],
        ["--dest-creds", "alice:s3cr3t", "--dest-password", "s3cr3t"],
    ],
)
def test_an_incomplete_login(given: list[str]) -> None:
    with pytest.raises(InvalidInput, match="an incomplete login") as caught, push_options(given, [HERE]):
        pass
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("option", ["--src-creds", "--src-username", "--src-password=x", "--src-registry-token"])
def test_the_source_has_no_login(option: str) -> None:
    with pytest.raises(InvalidInput, match="the source of this copy is nixdock itself"), push_options([option], [HERE]):
        pass
