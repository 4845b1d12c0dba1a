"""`nixdock copy` through skopeo: only what the destination lacks is sent, by a machine that remembers nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from nixdock_hook.layers.source import Layer
from tests.support.command import COMMAND, command_environment, error_of, nixdock
from tests.support.docker import Docker
from tests.support.images import layer
from tests.support.nix import Nix
from tests.support.pushing import TLS, pushed
from tests.support.recipes import recipe, recipe_file, tar_layer
from tests.support.registry import PASSWORD, USER, Registry, registry_server
from tests.support.skopeo import Skopeo
from tests.support.tools import need, output


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Registry]:
    """A registry with a log of its own."""
    (tmp_path / "registry").mkdir()
    with registry_server(tmp_path / "registry") as started:
        yield started


class Images:
    """Images of 20 layers, of which the last differs."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.same = [tar_layer(directory / f"{n}", layer({"same": b"%d" % n * 1000})) for n in range(19)]

    def __call__(self, name: str) -> Path:
        changed = tar_layer(self._directory / name, layer({"changed": name.encode()}))
        return self.store(f"recipe-{name}", [*self.same, changed])

    def store(self, name: str, layers: Sequence[Layer]) -> Path:
        return recipe_file(self._directory / name, recipe(*layers))


@pytest.fixture
def images(tmp_path: Path) -> Images:
    (tmp_path / "images").mkdir()
    return Images(tmp_path / "images")


def blobs(registry: Registry, tag: str) -> list[str]:
    return [layer["digest"] for layer in registry.manifest("app", tag)["layers"]]


def test_a_second_push_moves_the_layer_that_changed(fresh: Registry, images: Images) -> None:
    said = pushed(images("one"), f"docker://{fresh.host}/app:1")
    assert "compressing 20 of 20 layers, " in said and " 0 of 20 layers were there, " in said
    before = fresh.uploads()
    assert before == 20 + 1
    said = pushed(images("two"), f"docker://{fresh.host}/app:1")
    assert "compressing 1 of 20 layers, " in said and " 19 of 20 layers were there, " in said
    assert fresh.uploads() - before == 1 + 1
    said = pushed(images("three"), f"docker://{fresh.host}/app:1")
    assert fresh.uploads() - before == 2 + 2


def test_the_same_again_moves_nothing(fresh: Registry, images: Images) -> None:
    stored = images("one")
    pushed(stored, f"docker://{fresh.host}/app:1")
    manifest, before = fresh.manifest("app", "1"), fresh.uploads()
    said = pushed(stored, f"docker://{fresh.host}/app:1")
    assert said.count("\n") == 1 and ": 20 of 20 layers were there, 0 B moved in " in said
    assert (fresh.manifest("app", "1"), fresh.uploads()) == (manifest, before)


def test_another_tag_is_reused_when_it_is_named(fresh: Registry, images: Images) -> None:
    pushed(images("one"), f"docker://{fresh.host}/app:1", "--compression", "zstd")
    before = fresh.uploads()
    reuse = ("--reuse-from", f"docker://{fresh.host}/app:none", "--reuse-from", f"docker://{fresh.host}/app:1")
    said = pushed(images("two"), f"docker://{fresh.host}/app:2", *reuse)
    assert fresh.uploads() - before == 1 + 1
    assert "nothing is known" not in said  # there is no app:none and no app:2: that is no news
    assert blobs(fresh, "2")[:19] == blobs(fresh, "1")[:19]
    kinds = [layer["mediaType"].rpartition("+")[2] for layer in fresh.manifest("app", "2")["layers"]]
    assert kinds == ["zstd"] * 19 + ["gzip"]


def test_what_another_tool_pushed_is_reused(fresh: Registry, images: Images, skopeo: Skopeo, tmp_path: Path) -> None:
    archive = tmp_path / "archive.tar"
    output(*COMMAND, "archive", images("one"), archive, env=command_environment())
    skopeo.copy(f"docker-archive:{archive}", f"docker://{fresh.host}/app:1")
    before, there = fresh.uploads(), blobs(fresh, "1")
    pushed(images("two"), f"docker://{fresh.host}/app:1")
    assert fresh.uploads() - before == 1 + 1
    assert blobs(fresh, "1")[:19] == there[:19]


def test_a_layer_that_vanished_is_sent_again(fresh: Registry, images: Images) -> None:
    pushed(images("one"), f"docker://{fresh.host}/app:1")
    for digest in blobs(fresh, "1")[3:5]:
        name = digest.removeprefix("sha256:")
        shutil.rmtree(fresh.directory / "docker/registry/v2/repositories/app/_layers/sha256" / name)
        fresh.blob_file(digest).unlink()
    before = fresh.uploads()
    said = pushed(images("two"), f"docker://{fresh.host}/app:1")
    assert "layers are gone that the destination had: sending them again\n" in said
    assert fresh.uploads() - before >= 2 + 1 + 1
    assert all(fresh.blob_file(digest).exists() for digest in blobs(fresh, "1"))


def test_blobs_are_the_same_whoever_pushes(fresh: Registry, images: Images) -> None:
    stored = images("one")
    for repository in ("app", "other"):
        pushed(stored, f"docker://{fresh.host}/{repository}:1")
    assert fresh.manifest("other", "1") == fresh.manifest("app", "1")


def test_docker_runs_what_was_pushed(nix: Nix, fresh: Registry, docker: Docker) -> None:
    reference = f"{fresh.host}/hello:1"
    pushed(nix.build("examples.layered.recipe"), f"docker://{reference}")
    docker("pull", "--quiet", reference)
    assert docker.run(reference) == "Hello, world!\n"
    docker.remove(reference)


def test_the_command_of_passthru_pushes_to_the_images_own_name(nix: Nix, fresh: Registry) -> None:
    program = nix.build("examples.layered.copyToRegistry")
    output(program, "--repo_tag", f"{fresh.host}/own:3", "--quiet")
    assert len(fresh.manifest("own", "3")["layers"]) > 1


@pytest.mark.parametrize("before", ["", "docker://"])
def test_the_command_of_passthru_is_told_the_name(nix: Nix, fresh: Registry, before: str) -> None:
    output(nix.build("examples.layered.copyToRegistry"), "--quiet", f"{before}{fresh.host}/team/app:4")
    assert len(fresh.manifest("team/app", "4")["layers"]) > 1


@pytest.mark.parametrize(
    "login", [("--dest-creds", f"{USER}:{PASSWORD}"), ("--dest-username", USER, f"--dest-password={PASSWORD}")]
)
def test_no_program_has_a_password_among_its_arguments(images: Images, tmp_path: Path, login: tuple[str, ...]) -> None:
    """Of each skopeo that is started the arguments are kept; what `ps` shows to everybody is no more than these."""
    (tmp_path / "private").mkdir()
    (tmp_path / "bin").mkdir()
    spy = tmp_path / "bin/skopeo"
    spy.write_text(f'#!/bin/sh\ntr "\\0" " " < /proc/$$/cmdline >> {tmp_path}/seen\nexec {need("skopeo")} "$@"\n')
    spy.chmod(0o755)
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    with registry_server(tmp_path / "private", login=True) as private:
        words: tuple[str | Path, ...] = ("copy", images("one"), f"docker://{private.host}/app:1", "--", TLS, *login)
        done = nixdock(*words, PATH=path, TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    seen = (tmp_path / "seen").read_text()
    assert " inspect " in seen and " copy " in seen and "--dest-authfile" in seen
    assert PASSWORD not in seen and PASSWORD.encode() not in done.stderr
    assert not list(tmp_path.glob("*nixdock.*"))


@pytest.mark.parametrize("transport", ["dir:{}", "oci:{}:1", "oci-archive:{}:1", "docker-archive:{}:app:1"])
def test_other_destinations(images: Images, skopeo: Skopeo, tmp_path: Path, transport: str) -> None:
    place = transport.format(tmp_path / "copy")
    pushed(images("one"), place)
    assert len(skopeo.inspect(place, "--config")["rootfs"]["diff_ids"]) == 20


def test_a_layout_is_asked_too(images: Images, tmp_path: Path) -> None:
    pushed(images("one"), f"oci:{tmp_path}/layout:1")
    assert " 19 of 20 layers were there, " in pushed(images("two"), f"oci:{tmp_path}/layout:1")


def test_what_cannot_be_asked_for_layers(images: Images) -> None:
    error = error_of("copy", images("one"), "docker://127.0.0.1:1/app:1", "--reuse-from", "127.0.0.1:1/app:2")
    assert error.startswith("'127.0.0.1:1/app:2' cannot be asked for its layers in --reuse-from: ")


def test_a_layout_from_nix(nix: Nix, skopeo: Skopeo, docker: Docker, tmp_path: Path) -> None:
    layout = nix.build("examples.layered.ociLayout")
    skopeo.copy(f"oci:{layout}:latest", f"docker-archive:{tmp_path}/archive.tar:from-layout:1")
    assert docker.run(docker.load(tmp_path / "archive.tar")) == "Hello, world!\n"
    output(need("umoci"), "unpack", "--image", f"{layout}:latest", tmp_path / "bundle")
    assert list((tmp_path / "bundle/rootfs/nix/store").iterdir())
