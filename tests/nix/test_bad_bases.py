"""A base image that is none: one line that says what, where and the remedy, and nothing is built."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.images import docker_archive, image_config, layer, write_tar
from tests.support.nix import Nix, error_lines

LAYER = layer({"a": b"content" * 4096})


def truncated(path: Path) -> None:
    whole = docker_archive(path, [LAYER]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def not_an_archive(path: Path) -> None:
    path.write_text("this is no archive\n" * 100)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def without_manifest(path: Path) -> None:
    write_tar(path, [("bin/sh", b"#!")])


def without_a_layer(path: Path) -> None:
    manifest = [{"Config": "config.json", "RepoTags": None, "Layers": ["gone/layer.tar"]}]
    config = json.dumps(image_config([LAYER])).encode()
    write_tar(path, [("config.json", config), ("manifest.json", json.dumps(manifest).encode())])


def with_another_digest(path: Path) -> None:
    docker_archive(path, [LAYER], image=image_config([layer({"b": b""})]))


def that_climbs_out(path: Path) -> None:
    docker_archive(path, [layer({"../../escaped": b"x"})])


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (truncated, ""),
        (not_an_archive, ""),
        (empty, ""),
        (without_manifest, "manifest.json"),
        (without_a_layer, "gone/layer.tar"),
        (with_another_digest, "sha256:"),
        (that_climbs_out, "../../escaped"),
    ],
)
def test_one_line_says_what_is_wrong(nix: Nix, tmp_path: Path, spoil: Callable[[Path], None], says: str) -> None:
    base = tmp_path / "base.tar"
    spoil(base)
    before = base.read_bytes()
    messages = nix.fails(f'dockerTools.buildImage {{ name = "top"; fromImage = {base}; }}')
    [line] = error_lines(messages)
    assert says in line
    assert "base.tar" in line
    assert "Traceback" not in messages
    assert base.read_bytes() == before


def test_an_image_that_is_not_in_the_archive(nix: Nix, tmp_path: Path) -> None:
    base = docker_archive(tmp_path / "base.tar", [LAYER], tags=["there:1"])
    wanted = f'fromImage = {base}; fromImageName = "missing"; fromImageTag = "2";'
    messages = nix.fails(f'dockerTools.buildImage {{ name = "top"; {wanted} }}')
    [line] = error_lines(messages)
    assert "missing:2" in line
    assert "there:1" in line
