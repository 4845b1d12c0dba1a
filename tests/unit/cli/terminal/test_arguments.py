"""Arguments that several commands have."""

from __future__ import annotations

import argparse
import os
import tarfile
from pathlib import Path

import pytest

from nixdock_hook.cli.terminal.arguments import add_registry_arguments, host_architecture
from nixdock_hook.oci.platform import go_word
from tests.support.command import error_of, nixdock, repo_tags, streamed
from tests.support.recipes import recipe, recipe_file


def test_defaults_are_the_commands() -> None:
    parser = argparse.ArgumentParser()
    add_registry_arguments(parser, "linux", "riscv64")
    options = parser.parse_args([])
    assert (options.os, options.arch, options.authfile, options.tls_verify) == ("linux", "riscv64", None, "true")
    assert parser.parse_args(["--arch", "arm", "--tls-verify", "false"]).arch == "arm"


def test_a_wrong_word_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_registry_arguments(parser)
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(["--tls-verify", "maybe"])
    assert "invalid choice: 'maybe'" in capsys.readouterr().err


def test_this_machine_in_gos_words() -> None:
    assert host_architecture() == go_word(os.uname().machine) != "x86_64"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return recipe_file(tmp_path / "recipe", recipe())


@pytest.fixture
def untagged(tmp_path: Path) -> Path:
    return recipe_file(tmp_path / "untagged", recipe(tag=None))


class TestRepoTag:
    @pytest.mark.parametrize("option", ["-t", "--repo-tag", "--repo_tag"])
    @pytest.mark.parametrize(
        ("given", "reference"),
        [("other:2", "other:2"), ("other", "other:latest"), ("Localhost:5000/Other", "localhost:5000/other:latest")],
    )
    def test_it_replaces_the_name(self, stored: Path, option: str, given: str, reference: str) -> None:
        assert repo_tags(streamed(stored, option, given)) == [reference]

    def test_with_an_equals_sign(self, stored: Path) -> None:
        assert repo_tags(streamed("--repo_tag=other:2", stored)) == ["other:2"]

    def test_only_the_name_differs(self, tmp_path: Path, stored: Path) -> None:
        (tmp_path / "renamed.tar").write_bytes(streamed(stored, "-t", "other:2"))
        (tmp_path / "archive.tar").write_bytes(streamed(stored))
        renamed, archive = tmp_path / "renamed.tar", tmp_path / "archive.tar"
        with tarfile.open(renamed) as one, tarfile.open(archive) as other:
            assert one.getnames() == other.getnames()

    def test_archives_take_it_too(self, tmp_path: Path, stored: Path) -> None:
        assert nixdock("archive", stored, tmp_path / "archive.tar", "-t", "other:2").returncode == 0
        assert repo_tags((tmp_path / "archive.tar").read_bytes()) == ["other:2"]

    @pytest.mark.parametrize("given", ["a b:1", "app:", "https://registry.example/app:1"])
    def test_a_name_that_docker_would_refuse(self, stored: Path, given: str) -> None:
        remedy = "letters, digits and single . _ - between them, parts separated by /, then :TAG"
        assert (
            error_of("stream", stored, "-t", given) == f"docker would refuse the name '{given}' in --repo-tag: {remedy}"
        )


class TestTag:
    """`--tag` is what nix/internal/stream.nix passes: the tag that the stream's own store path gives."""

    def test_it_fills_in_what_the_recipe_lacks(self, untagged: Path) -> None:
        assert repo_tags(streamed(untagged, "--tag", "0abc")) == ["app:0abc"]

    def test_repo_tag_comes_before_it(self, untagged: Path) -> None:
        assert repo_tags(streamed(untagged, "--tag", "0abc", "-t", "other:2")) == ["other:2"]

    def test_it_is_no_option_for_people(self) -> None:
        assert b"--tag " not in nixdock("stream", "--help").stdout

    def test_without_any_tag(self, untagged: Path) -> None:
        error = f"the recipe has no tag in {untagged}: name the image with --repo-tag NAME:TAG"
        assert error_of("stream", untagged) == error


@pytest.mark.parametrize("name", ["--root=somewhere", "-v", "a b", "a/../b", "", "a" * 300])
def test_a_name_in_a_recipe_is_not_believed(tmp_path: Path, name: str) -> None:
    stored = recipe_file(tmp_path / "recipe", recipe(name=name))
    for command in (("stream", stored), ("archive", stored, tmp_path / "out"), ("serve", stored)):
        error = error_of(*command)
        assert error.startswith("docker would refuse the name ") and f" in {stored}: letters" in error
    for destination in ("podman:", "docker-daemon:", "containerd:", "docker://", "oci:x:1", "dir:x"):
        assert error_of("copy", stored, destination).startswith("docker would refuse the name ")


def test_a_tag_in_a_recipe_is_not_believed_either(tmp_path: Path) -> None:
    stored = recipe_file(tmp_path / "recipe", recipe(tag="-x"))
    assert error_of("copy", stored, "podman:").startswith("docker would refuse the name 'app:-x' in ")
